# Warnings and sanitizers as interface targets, linked privately by changeling_module().
add_library(changeling_warnings INTERFACE)
target_compile_options(changeling_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual $<$<BOOL:${CHANGELING_WERROR}>:-Werror>
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)

add_library(changeling_sanitizers INTERFACE)
if(CHANGELING_SANITIZE)
  target_compile_options(changeling_sanitizers INTERFACE
    -fsanitize=${CHANGELING_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(changeling_sanitizers INTERFACE -fsanitize=${CHANGELING_SANITIZE})
endif()
