include(GoogleTest)

# Sets <result> to the first of the libraries that this configuration lacks, or to "". Only a configuration
# without the programs may lack one; elsewhere a missing library is an error, so that no test drops out unseen.
function(changeling_missing_library result)
  set(${result} "" PARENT_SCOPE)
  if(CHANGELING_WITH_PROGRAMS)
    return()
  endif()
  foreach(library IN LISTS ARGN)
    if(NOT TARGET ${library})
      set(${result} ${library} PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

# changeling_test(NAME <name> SOURCES ... [OPENCV_SOURCES ...] DEPS ... [LABELS unit] [TIMEOUT 120] [WHOLE])
# One GoogleTest program; every TEST becomes one ctest entry with the given labels. WHOLE makes the program a
# single entry, for suites whose set-up is dear. A program whose DEPS this configuration lacks is left out.
# OPENCV_SOURCES take OpenCV as their oracle and are left out without it.
function(changeling_test)
  cmake_parse_arguments(ARG "WHOLE" "NAME;TIMEOUT" "SOURCES;OPENCV_SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  changeling_missing_library(missing ${ARG_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
  if(missing)
    message(STATUS "Leaving out ${ARG_NAME}: no ${missing}")
    return()
  endif()
  if(ARG_OPENCV_SOURCES AND CHANGELING_WITH_OPENCV)
    list(APPEND ARG_SOURCES ${ARG_OPENCV_SOURCES})
    list(APPEND ARG_DEPS opencv_core opencv_imgproc)
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

# The test <test>, which runs <program>, sees the pretended card (tests/gpu/pretended_card.cpp).
function(changeling_preload_card test program)
  if(TARGET ${program})
    add_dependencies(${program} pretended_card)
    set_tests_properties(${test} PROPERTIES
      ENVIRONMENT "OMP_WAIT_POLICY=PASSIVE;LD_PRELOAD=$<TARGET_FILE:pretended_card>")
  endif()
endfunction()

# The tests of <program> for a GPU, named by a filter, on the pretended card, where there is such a thing.
function(changeling_test_on_card program filter)
  if(TARGET ${program} AND TARGET pretended_card)
    add_test(NAME ${program}.on_pretended_card COMMAND ${program} --gtest_brief=1 --gtest_filter=${filter})
    set_tests_properties(${program}.on_pretended_card PROPERTIES LABELS unit TIMEOUT 300
      FAIL_REGULAR_EXPRESSION "PASSED  \\] 0 tests")  # all skipped, or none of that name
    changeling_preload_card(${program}.on_pretended_card ${program})
  endif()
endfunction()
