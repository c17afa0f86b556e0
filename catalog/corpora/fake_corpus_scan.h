// catalog/corpora/fake_corpus_scan.h: collects what a corpus with fakes of its own holds. Layer 2,
// module-private.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/corpora/corpus.h"
#include "catalog/corpora/corpus_files.h"

namespace changeling {

/// Builds a scan file by file. Fakes keep their label whatever else is unknown about them.
class FakeCorpusScan {
 public:
  explicit FakeCorpusScan(CorpusTerms terms) { scan_.terms = std::move(terms); }

  /// Real footage of a person. `clip` is shared by files cut from one recording. The row may be
  /// changed until the next file is added.
  MediaRow& add_real(const std::string& rel_path, const std::string& person,
                     const std::string& clip);

  /// A fake of `method`: `target` is seen, `source` lent the face; empty = unknown. Somebody who is
  /// not named is a bystander of this file. Its `source_clip`, where known, is that of the footage
  /// it was made of.
  MediaRow& add_fake(const std::string& rel_path, const MethodRow& method,
                     const std::string& target, const std::string& source);

  void set_gender(const std::string& person, const std::string& gender);

  /// The corpus's own part of a person; the second, different one is a conflict.
  void set_part(const std::string& person, const std::string& part);

  [[nodiscard]] ProblemCounter& problems() { return problems_; }

  /// People of one recording belong together, and with those of other recordings they are in. Where
  /// such a group stands in two parts all of it goes to test, else to val: what a detector is
  /// measured on loses nothing, and what it learns from holds nothing of that. Counted as
  /// parted_recording. With somebody who stands in two parts the whole group gets none. Fakes with
  /// the face of somebody of another part are counted as parted_fake.
  [[nodiscard]] CorpusScan finish();

 private:
  struct LentFace {
    std::string rel_path, target, source;
  };

  void settle_parts();
  void settle_together(const std::set<std::string>& people);
  void count_parted_fakes();
  void see(const std::string& rel_path, const std::string& person, const char* role);

  CorpusScan scan_;
  ProblemCounter problems_;
  std::map<std::string, SubjectRow> people_;
  std::map<std::string, MethodRow> methods_;
  std::map<std::string, std::set<std::string>> parts_;  // of a person
  std::map<std::string, std::set<std::string>> people_of_clip_;
  std::vector<LentFace> lent_faces_;  // in fakes
};

/// The folder up to three levels below `root` whose name is `name`, or `root` itself when it has an
/// entry of that name: the path of its parent below the root, "" or with a slash at its end;
/// nullopt = none. Of several the first in order of length and name.
[[nodiscard]] std::optional<std::string> parent_of(const CorpusFiles& files, std::string_view name);

/// "dir/a_b.MP4" -> "a_b".
[[nodiscard]] std::string stem_of(const std::string& rel_path);

/// Parts of a text between separators; "a__b" at "_" has an empty one.
[[nodiscard]] std::vector<std::string> split_text(std::string_view text, char separator);

}  // namespace changeling
