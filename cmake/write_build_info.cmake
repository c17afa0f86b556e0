# Writes OUTPUT from TEMPLATE with the commit of SOURCE_DIR; touches the file only when that changed.
set(GIT_COMMIT "unknown")
set(GIT_DIRTY "false")
execute_process(COMMAND git -C "${SOURCE_DIR}" rev-parse HEAD
  OUTPUT_VARIABLE head RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT failed)
  set(GIT_COMMIT "${head}")
  execute_process(COMMAND git -C "${SOURCE_DIR}" status --porcelain --untracked-files=no
    OUTPUT_VARIABLE changes OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT changes STREQUAL "")
    set(GIT_DIRTY "true")
  endif()
endif()
configure_file("${TEMPLATE}" "${OUTPUT}" @ONLY)
