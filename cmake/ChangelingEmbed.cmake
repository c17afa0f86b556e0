# changeling_embed(<target> NAMESPACE <ns> SYMBOL <name> FILES <path>...)
#
# Compiles text files into <target> as one function, declared by the caller as
#   namespace <ns> { const std::vector<std::pair<std::string, std::string>>& <name>(); }
# (file name, content), in the listed order.
function(changeling_embed target)
  cmake_parse_arguments(ARG "" "NAMESPACE;SYMBOL" "FILES" ${ARGN})
  set(output "${CMAKE_CURRENT_BINARY_DIR}/${target}_${ARG_SYMBOL}.cpp")
  set(absolute "")
  foreach(file IN LISTS ARG_FILES)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    list(APPEND absolute "${file}")
  endforeach()
  add_custom_command(OUTPUT "${output}"
    COMMAND ${CMAKE_COMMAND} "-DOUTPUT=${output}" "-DNAMESPACE=${ARG_NAMESPACE}"
      "-DSYMBOL=${ARG_SYMBOL}" "-DFILES=${absolute}" -P "${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake"
    DEPENDS ${absolute} "${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake" VERBATIM)
  target_sources(${target} PRIVATE "${output}")
endfunction()
