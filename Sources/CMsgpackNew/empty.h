// Only carries the pkg-config flags of one of msgpack-c's two names.
