# SPDX-License-Identifier: MIT
# What every target of the tree shares: options, warnings, and the functions that declare a library, a
# program, a plugin, a benchmark and a fuzz target.
include(GNUInstallDirs)
include(CTest)

option(JUNCTOR_WERROR "treat warnings as errors" ON)
option(JUNCTOR_FUZZ "build the fuzz targets too (needs clang)" OFF)
option(JUNCTOR_LTO "optimize the shipped programs when they are linked, across files (needs g++)" OFF)
set(JUNCTOR_SANITIZE "" CACHE STRING "sanitizers to build with: address,undefined or thread")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

# What is shipped is the same, bit for bit, wherever the tree lies and whether a compiler cache is used or not: no path
# of this machine gets into it (__FILE__, debug information and, through it, build ids). Debug builds keep theirs, for
# debuggers.
set(JUNCTOR_REPRODUCIBLE OFF)
if(CMAKE_BUILD_TYPE MATCHES "^Rel" AND NOT JUNCTOR_SANITIZE)
  set(JUNCTOR_REPRODUCIBLE ON)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(launcher ${CCACHE_PROGRAM})
  if(JUNCTOR_REPRODUCIBLE)
    # An object for a whole-program link says where it was compiled, whatever paths are mapped to: that folder's name
    # would come from the cache into another's programs. ccache goes by the mapped name; so each folder has its own.
    set(launcher ${CMAKE_COMMAND} -E env CCACHE_NAMESPACE=${CMAKE_BINARY_DIR} ${CCACHE_PROGRAM})
  endif()
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()

if(JUNCTOR_LTO)
  # The ar of binutils lists what only the whole-program form of an object defines, and linkers without it take a
  # member twice.
  find_program(JUNCTOR_AR NAMES llvm-ar-14 llvm-ar REQUIRED)
  find_program(JUNCTOR_RANLIB NAMES llvm-ranlib-14 llvm-ranlib REQUIRED)
  set(CMAKE_AR ${JUNCTOR_AR})
  set(CMAKE_RANLIB ${JUNCTOR_RANLIB})
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
pkg_check_modules(SOFIA REQUIRED IMPORTED_TARGET sofia-sip-ua)
pkg_check_modules(DPDK REQUIRED IMPORTED_TARGET libdpdk)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(TCMALLOC REQUIRED IMPORTED_TARGET libtcmalloc_minimal)
pkg_check_modules(MNL REQUIRED IMPORTED_TARGET libmnl)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd)

# Options and warnings, linked by every target of ours.
add_library(junctor_options INTERFACE)
add_library(junctor::options ALIAS junctor_options)
target_include_directories(junctor_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(junctor_options INTERFACE -fno-omit-frame-pointer
  $<$<CONFIG:Release,RelWithDebInfo>:-fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
target_link_options(junctor_options INTERFACE -Wl,-z,relro,-z,now)
if(JUNCTOR_REPRODUCIBLE)
  file(RELATIVE_PATH up ${CMAKE_BINARY_DIR} ${PROJECT_SOURCE_DIR}/)
  # The last that fits is taken. Links want them too: that is when the whole program is compiled.
  set(maps -ffile-prefix-map=${PROJECT_SOURCE_DIR}/= -ffile-prefix-map=${up}= -ffile-prefix-map=${CMAKE_BINARY_DIR}=.
    -ffile-prefix-map=${CMAKE_BINARY_DIR}/=)
  target_compile_options(junctor_options INTERFACE ${maps})
  target_link_options(junctor_options INTERFACE ${maps})
endif()
if(JUNCTOR_SANITIZE)
  target_compile_options(junctor_options INTERFACE -fsanitize=${JUNCTOR_SANITIZE}
    -fno-sanitize-recover=all)
  target_compile_definitions(junctor_options INTERFACE JUNCTOR_SANITIZED)
  target_link_options(junctor_options INTERFACE -fsanitize=${JUNCTOR_SANITIZE})
  if(JUNCTOR_SANITIZE MATCHES "undefined")
    target_compile_options(junctor_options INTERFACE -fno-sanitize=vptr)  # the packet path has no RTTI
  endif()
  if(JUNCTOR_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Fences are not understood: those of DPDK's RCU and of Waker only order what is atomic anyway.
    target_compile_options(junctor_options INTERFACE -Wno-tsan)
  endif()
endif()
if(JUNCTOR_FUZZ)
  target_compile_options(junctor_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

add_library(junctor_warnings INTERFACE)
add_library(junctor::warnings ALIAS junctor_warnings)
target_compile_options(junctor_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  -Wnon-virtual-dtor $<$<BOOL:${JUNCTOR_WERROR}>:-Werror>)

# _junctor_common(target [WHOLE]): WHOLE if it is linked as one piece. That makes a call cost a tenth less, and two
# types of one name an error, which no other step sees. Libraries hold both forms, for tests that link quickly.
function(_junctor_common target)
  target_link_libraries(${target} PRIVATE junctor::options junctor::warnings)
  if(NOT JUNCTOR_LTO)
    return()
  endif()
  get_target_property(type ${target} TYPE)
  if("WHOLE" IN_LIST ARGN)
    target_compile_options(${target} PRIVATE -flto=auto)
    target_link_options(${target} PRIVATE -flto=auto -Werror=odr -Werror=lto-type-mismatch)
  elseif(type STREQUAL "STATIC_LIBRARY")
    target_compile_options(${target} PRIVATE -flto=auto -ffat-lto-objects)
  else()
    target_link_options(${target} PRIVATE -fno-lto)
  endif()
endfunction()

# junctor_library(name SOURCES a.cpp ... [DEPS junctor::x ...] [PRIVATE_DEPS ...] [TESTS a_test.cpp ...]
#                 [TEST_DEPS ...] [BENCHES a_bench.cpp ...])
# One folder, one library: junctor_<name>, alias junctor::<name>; its unit tests beside it, as one program
# <name>_test whose cases ctest knows one by one under the label "unit".
function(junctor_library name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS;PRIVATE_DEPS;TESTS;TEST_DEPS;BENCHES" ${ARGN})
  if(A_SOURCES)
    add_library(junctor_${name} STATIC ${A_SOURCES})
    _junctor_common(junctor_${name})
    target_link_libraries(junctor_${name} PUBLIC ${A_DEPS} PRIVATE ${A_PRIVATE_DEPS})
  else()
    add_library(junctor_${name} INTERFACE)
    target_link_libraries(junctor_${name} INTERFACE junctor::options ${A_DEPS})
  endif()
  add_library(junctor::${name} ALIAS junctor_${name})
  if(A_TESTS AND BUILD_TESTING)
    junctor_test(${name}_test SOURCES ${A_TESTS} DEPS junctor::${name} ${A_PRIVATE_DEPS} ${A_TEST_DEPS})
  endif()
  if(A_BENCHES AND NOT JUNCTOR_SANITIZE)
    add_executable(${name}_bench ${A_BENCHES})
    _junctor_common(${name}_bench WHOLE)
    target_link_libraries(${name}_bench PRIVATE junctor::${name} ${A_PRIVATE_DEPS} ${A_TEST_DEPS}
      benchmark::benchmark)
  endif()
endfunction()

function(junctor_test name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  _junctor_common(${name})
  # What is tested is optimized, tests are not: that was a quarter of the time of a build.
  target_compile_options(${name} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O0 -U_FORTIFY_SOURCE>)
  target_link_libraries(${name} PRIVATE ${A_DEPS} GTest::gmock GTest::gtest GTest::gtest_main)
  include(GoogleTest)
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS unit TIMEOUT 300)
endfunction()

# What is shipped: `cmake --build --target product`.
add_custom_target(product)

# junctor_program(name SOURCES ... DEPS ... [TOOL]): a program of the product; TOOL: one of development, which is not
# shipped. `cmake --install --component product` is what goes into the image.
function(junctor_program name)
  cmake_parse_arguments(A "TOOL" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  _junctor_common(${name} WHOLE)
  target_link_libraries(${name} PRIVATE ${A_DEPS})
  if(NOT A_TOOL)
    install(TARGETS ${name} COMPONENT product)
    add_dependencies(product ${name})
  endif()
endfunction()

# junctor_plugin(name SOURCES ... [TESTS ...]): a dialect as a shared object, lib/junctor/plugins/<name>.so,
# and the same code as a library junctor::plugin_<name> for its tests.
function(junctor_plugin name)
  cmake_parse_arguments(A "" "OUTPUT" "SOURCES;TESTS" ${ARGN})
  if(NOT A_OUTPUT)
    set(A_OUTPUT ${CMAKE_BINARY_DIR}/lib/junctor/plugins)
  endif()
  add_library(junctor_plugin_${name} MODULE ${A_SOURCES})
  _junctor_common(junctor_plugin_${name})
  target_link_libraries(junctor_plugin_${name} PRIVATE junctor::sdk)
  set_target_properties(junctor_plugin_${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
    LIBRARY_OUTPUT_DIRECTORY ${A_OUTPUT} CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  if(A_OUTPUT STREQUAL "${CMAKE_BINARY_DIR}/lib/junctor/plugins")
    install(TARGETS junctor_plugin_${name} LIBRARY DESTINATION lib/junctor/plugins COMPONENT product)
    add_dependencies(product junctor_plugin_${name})
  endif()
  if(A_TESTS AND BUILD_TESTING)
    junctor_test(plugin_${name}_test SOURCES ${A_SOURCES} ${A_TESTS} DEPS junctor::sdk)
  endif()
endfunction()

# `cmake --build --target fuzz`: the fuzz targets alone.
if(JUNCTOR_FUZZ)
  add_custom_target(fuzz)
endif()

# junctor_fuzz(name SOURCES ... DEPS ... CORPUS dir): a libFuzzer program fuzz_<name>, only in the asan preset, whose
# code counts for it where it has been; ctest runs it briefly over its corpus under the label "fuzz".
function(junctor_fuzz name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS;CORPUS" ${ARGN})
  if(NOT JUNCTOR_FUZZ)
    return()
  endif()
  add_executable(fuzz_${name} ${A_SOURCES})
  _junctor_common(fuzz_${name})
  target_link_libraries(fuzz_${name} PRIVATE ${A_DEPS})
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzz fuzz_${name})
  # New finds go to a folder of the build; the corpus of the tree is read only.
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz/${name})
  set(JUNCTOR_FUZZ_SECONDS 10 CACHE STRING "how long ctest runs each fuzz target")
  add_test(NAME fuzz.${name} COMMAND fuzz_${name} -max_total_time=${JUNCTOR_FUZZ_SECONDS} -rss_limit_mb=1024
    -timeout=10 ${CMAKE_BINARY_DIR}/fuzz/${name} ${A_CORPUS})
  set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz)
endfunction()
