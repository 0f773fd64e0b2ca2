#include "CMsgpack.h"
