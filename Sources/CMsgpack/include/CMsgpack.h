// msgpack-c's packers are macros and inline functions over a callback: Swift needs functions.
#pragma once
#include <msgpack.h>
