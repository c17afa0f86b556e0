// tests/support/folder_fixture.h: `folder` corpora made on the spot.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace changeling {

/// The required columns of subjects.csv.
inline constexpr const char* kFolderHeader = "path,subject,licence,consent_basis,redistributable";

/// Writes `text` as subjects.csv and, for each name of `files`, a file that is no video: enough for
/// scans, which open none.
void write_folder_corpus(const std::filesystem::path& root, const std::string& text,
                         const std::vector<std::string>& files);

/// A file with `bytes`, its folders made.
void write_bytes(const std::filesystem::path& file, const std::string& bytes);

}  // namespace changeling
