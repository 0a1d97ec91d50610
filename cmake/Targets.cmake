# Warnings and sanitizers are interface targets that every target of ours links privately.
add_library(whittle_options INTERFACE)
target_compile_options(whittle_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual -Wcast-align -Wimplicit-fallthrough)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false positives from inlined std::string code (GCC bugs 105329, 105651).
  target_compile_options(whittle_options INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
endif()
# The files of a folder are compiled together, some at a time, which takes a fifth of the time; preset clang takes each
# by itself, and finds includes that are missing and what shadows what.
if(CMAKE_UNITY_BUILD)
  target_compile_options(whittle_options INTERFACE -Wno-shadow)
endif()
if(WHITTLE_SANITIZE)
  target_compile_options(whittle_options INTERFACE -fsanitize=${WHITTLE_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Instrumented code defeats GCC's analysis of what is initialised (GCC manual, -Wmaybe-uninitialized).
    target_compile_options(whittle_options INTERFACE -Wno-maybe-uninitialized)
  endif()
  target_link_options(whittle_options INTERFACE -fsanitize=${WHITTLE_SANITIZE})
endif()
# For the tests themselves: their code runs once, so the time to compile it counts.
add_library(whittle_test_options INTERFACE)
target_compile_options(whittle_test_options INTERFACE -O0)
target_link_libraries(whittle_test_options INTERFACE whittle_options)
if(WHITTLE_FUZZ)
  target_compile_options(whittle_options INTERFACE -fsanitize=fuzzer-no-link)  # what libFuzzer sees of a run
endif()

# whittle_folder(NAME SOURCES file... USES target... PRIVATE target...)
# One static library per folder. USES are visible to those above; PRIVATE libraries are sealed inside.
function(whittle_folder name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;PRIVATE" ${ARGN})
  add_library(whittle_${name} STATIC ${arg_SOURCES})
  target_include_directories(whittle_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(whittle_${name} PUBLIC ${arg_USES} PRIVATE whittle_options ${arg_PRIVATE})
endfunction()

# whittle_test(NAME SOURCES file... USES target... [ENVIRONMENT VAR=VALUE...])
function(whittle_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;USES;ENVIRONMENT" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  add_dependencies(units ${name})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE whittle_test_options ${arg_USES} GTest::gmock GTest::gtest_main)
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT}
    ENVIRONMENT "WHITTLE_SOURCE_DIR=${PROJECT_SOURCE_DIR};${arg_ENVIRONMENT}")
endfunction()
