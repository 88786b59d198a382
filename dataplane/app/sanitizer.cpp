// SPDX-License-Identifier: MIT
// What LeakSanitizer is to overlook: memory that DPDK's drivers take and do not give back when their
// port is closed. The process ends right after that.
#ifdef JUNCTOR_SANITIZED

extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:xsk_umem__create\n"; }

#endif
