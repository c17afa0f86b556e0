# changeling_module(NAME <name> LAYER <n> [SOURCES ...] [DEPS ...] [PRIVATE_DEPS ...])
#
# One static library changeling_<name> (alias changeling::<name>) per module. DEPS are public,
# PRIVATE_DEPS private; both may name other modules (changeling::x) or outside libraries. A module may
# depend only on modules of strictly lower layers: configuration stops at an upward or sideways link
# and names both. Sources are listed by hand.
file(WRITE "${PROJECT_BINARY_DIR}/layers.txt" "")

function(changeling_module)
  cmake_parse_arguments(ARG "" "NAME;LAYER" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  _changeling_register_layer(${ARG_LAYER})
  set(target changeling_${ARG_NAME})
  if(NOT ARG_SOURCES)  # headers only
    add_library(${target} INTERFACE)
    add_library(changeling::${ARG_NAME} ALIAS ${target})
    target_include_directories(${target} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
    _changeling_link(${target} ${ARG_LAYER} INTERFACE "${ARG_DEPS}")
    return()
  endif()
  add_library(${target} STATIC ${ARG_SOURCES})
  add_library(changeling::${ARG_NAME} ALIAS ${target})
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  _changeling_link(${target} ${ARG_LAYER} PUBLIC "${ARG_DEPS}")
  _changeling_link(${target} ${ARG_LAYER} PRIVATE "${ARG_PRIVATE_DEPS}")
endfunction()

# changeling_program(NAME <executable> [LAYER 8] SOURCES ... DEPS ...)
function(changeling_program)
  cmake_parse_arguments(ARG "" "NAME;LAYER" "SOURCES;DEPS" ${ARGN})
  if(NOT DEFINED ARG_LAYER)
    set(ARG_LAYER 8)
  endif()
  _changeling_register_layer(${ARG_LAYER})
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  target_include_directories(${ARG_NAME} PRIVATE ${PROJECT_SOURCE_DIR})
  _changeling_link(${ARG_NAME} ${ARG_LAYER} PRIVATE "${ARG_DEPS}")
endfunction()

# changeling_folder(<folder> [<option>]): add_subdirectory when CHANGELING_WITH_<option> is on.
function(changeling_folder folder)
  if(ARGC EQUAL 1 OR CHANGELING_WITH_${ARGV1})
    add_subdirectory(${folder})
  endif()
endfunction()

function(_changeling_link target layer visibility deps)
  set_property(TARGET ${target} PROPERTY CHANGELING_LAYER ${layer})
  foreach(dep IN LISTS deps)
    if(dep MATCHES "^changeling::" AND NOT dep STREQUAL "changeling::torch")
      if(NOT TARGET ${dep})
        message(FATAL_ERROR "${target} (layer ${layer}) depends on ${dep}, which is not defined yet: "
          "lower layers come first in CMakeLists.txt")
      endif()
      get_target_property(real ${dep} ALIASED_TARGET)
      get_target_property(dep_layer ${real} CHANGELING_LAYER)
      if(NOT dep_layer LESS layer)
        message(FATAL_ERROR "layer rule: ${target} (layer ${layer}) may not depend on "
          "${dep} (layer ${dep_layer})")
      endif()
    endif()
  endforeach()
  target_link_libraries(${target} ${visibility} ${deps})
  if(NOT visibility STREQUAL "INTERFACE")
    target_link_libraries(${target} PRIVATE changeling_warnings changeling_sanitizers)
  endif()
endfunction()

# Adds "folder layer" to layers.txt, which tests/lint/include_layers reads.
function(_changeling_register_layer layer)
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY "${PROJECT_SOURCE_DIR}"
    OUTPUT_VARIABLE folder)
  file(APPEND "${PROJECT_BINARY_DIR}/layers.txt" "${folder} ${layer}\n")
endfunction()
