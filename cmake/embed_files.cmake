# Writes OUTPUT: a C++ file that returns FILES (name, content) from NAMESPACE::SYMBOL(). The bytes are
# written as hex escapes in short literals, so any content and any length is safe.
set(body "")
foreach(file IN LISTS FILES)
  cmake_path(GET file FILENAME name)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "(................................................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" literal "${hex}")
  string(REGEX REPLACE "(\\\\x[^\n]+)\n?" "    \"\\1\"\n" literal "${literal}")
  file(SIZE "${file}" size)
  string(APPEND body "    {\"${name}\", std::string(\n    \"\"\n${literal}    , ${size})},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include <string>\n#include <utility>\n#include <vector>\n
namespace ${NAMESPACE} {
const std::vector<std::pair<std::string, std::string>>& ${SYMBOL}();
const std::vector<std::pair<std::string, std::string>>& ${SYMBOL}() {
  static const std::vector<std::pair<std::string, std::string>> files = {
${body}  };
  return files;
}
}  // namespace ${NAMESPACE}\n")
