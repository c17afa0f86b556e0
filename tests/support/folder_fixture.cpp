#include "tests/support/folder_fixture.h"

#include <fstream>

namespace changeling {

void write_folder_corpus(const std::filesystem::path& root, const std::string& text,
                         const std::vector<std::string>& files) {
  write_bytes(root / "subjects.csv", text);
  for (const std::string& file : files) {
    write_bytes(root / file, "not a video");
  }
}

void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace changeling
