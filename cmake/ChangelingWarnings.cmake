# Warnings and sanitizers as interface targets, linked privately by changeling_module(). Compilers newer than Debian 12's
# warn of more, some of which is not there (GCC 14: -Warray-bounds), so their warnings stay warnings.
add_library(changeling_warnings INTERFACE)
target_compile_options(changeling_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual $<$<AND:$<BOOL:${CHANGELING_WERROR}>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Werror>
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)

add_library(changeling_sanitizers INTERFACE)
if(CHANGELING_SANITIZE)
  target_compile_options(changeling_sanitizers INTERFACE
    -fsanitize=${CHANGELING_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(changeling_sanitizers INTERFACE -fsanitize=${CHANGELING_SANITIZE})
endif()
