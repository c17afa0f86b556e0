include(GoogleTest)

# changeling_test(NAME <name> SOURCES ... DEPS ... [LABELS unit] [TIMEOUT 120] [WHOLE])
# One GoogleTest program; every TEST becomes one ctest entry with the given labels. WHOLE makes the program a
# single entry, for suites whose set-up is dear.
function(changeling_test)
  cmake_parse_arguments(ARG "WHOLE" "NAME;TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  target_include_directories(${ARG_NAME} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_DEPS} GTest::gtest GTest::gmock GTest::gtest_main
    changeling_warnings changeling_sanitizers)
  target_compile_definitions(${ARG_NAME} PRIVATE CHANGELING_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    CHANGELING_BINARY_DIR="${PROJECT_BINARY_DIR}")
  if(ARG_WHOLE)
    add_test(NAME ${ARG_NAME} COMMAND ${ARG_NAME} --gtest_brief=1)
    set_tests_properties(${ARG_NAME} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT}
      ENVIRONMENT OMP_WAIT_POLICY=PASSIVE)  # tests run side by side; see common/front/dispatch.cpp
    return()
  endif()
  gtest_discover_tests(${ARG_NAME} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT} ENVIRONMENT OMP_WAIT_POLICY=PASSIVE)
endfunction()
