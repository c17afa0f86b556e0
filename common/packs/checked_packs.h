// common/packs/checked_packs.h: which packs were found whole, so that the next process need not
// read all of them again. Layer 2, no Torch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "common/base/digest.h"

namespace changeling {

/// How a file is, without its bytes.
struct FileState {
  std::int64_t bytes = 0;
  std::int64_t inode = 0;
  std::int64_t modified_ns = 0;  ///< when its bytes changed last, since 1970
  std::int64_t changed_ns = 0;   ///< when anything of it did; nobody can set this back

  friend bool operator==(const FileState& a, const FileState& b) {
    return std::tie(a.bytes, a.inode, a.modified_ns, a.changed_ns) ==
           std::tie(b.bytes, b.inode, b.modified_ns, b.changed_ns);
  }
};

/// The packs that were checked as a whole, by the digest of their bytes. Note [What is trusted] in
/// the .cpp. One thread.
class CheckedPacks {
 public:
  enum class Use { kReadAndWrite, kRead };

  /// Takes what an earlier process left in `file`. A file that is missing, damaged or of another
  /// version of the checks counts as empty. Without a name nothing is kept.
  explicit CheckedPacks(std::filesystem::path file, Use use = Use::kReadAndWrite);

  /// By frame, bit v where its mask shows the value v, as they were noted for these bytes; nullptr
  /// when they were not checked, or the file is not as it was then.
  [[nodiscard]] const std::vector<std::uint8_t>* find(const Digest& sha256,
                                                      const FileState& state) const;

  /// Notes that the file in that state has these bytes, and is a whole pack.
  void add(const Digest& sha256, const FileState& state, std::vector<std::uint8_t> shown);

  /// Writes the file atomically where something was added, and tells whether it did. Throws
  /// Error(kResource).
  bool save();

 private:
  struct Pack {
    FileState state;
    std::vector<std::uint8_t> shown;
  };

  void read();

  std::filesystem::path file_;
  Use use_;
  bool is_saved_ = true;
  std::map<Digest, Pack> packs_;
};

}  // namespace changeling
