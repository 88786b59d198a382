// SPDX-License-Identifier: MIT
// A shared object that is no plugin, for dialect_test.
extern "C" __attribute__((visibility("default"))) int something_else() { return 1; }
