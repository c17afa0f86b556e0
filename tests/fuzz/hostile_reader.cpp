#include "tests/fuzz/hostile_reader.h"

#include <algorithm>
#include <fstream>

#include "tests/support/temp_dir.h"

namespace changeling {

std::optional<std::string> violation(const HostileReader& reader, const std::string& bytes) {
  try {
    reader.read(bytes);
  } catch (const Error& error) {
    const bool may_refuse = std::find(reader.refusals.begin(), reader.refusals.end(),
                                      error.kind()) != reader.refusals.end();
    if (!may_refuse) {
      return "refused with the kind '" + std::string(to_string(error.kind())) +
             "': " + error.what();
    }
  } catch (const BrokenPromise& promise) {
    return std::string("accepted, but it does not hold that ") + promise.what();
  }
  return std::nullopt;
}

std::filesystem::path scratch_path(const std::string& name) {
  static const TempDir folder;
  return folder / name;
}

std::filesystem::path scratch_file(const std::string& name, std::string_view bytes) {
  const std::filesystem::path file = scratch_path(name);
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  return file;
}

}  // namespace changeling
