// tests/integration/chain.h: the real programs on real clips, from an empty folder to a report.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace changeling {

/// One catalog in a folder of its own and the verbs that fill it.
class Chain {
 public:
  /// `folder` holds catalog.db and objects/. `options` go to every call (`--max-frames` and the
  /// like are verb-specific and belong to the calls).
  explicit Chain(std::filesystem::path folder);

  /// Runs `changeling ARGS... --catalog ... --models-dir ...`.
  [[nodiscard]] ProcessResult call(std::vector<std::string> args) const;
  /// As call, and fails the test unless the exit code is `expected`.
  ProcessResult expect(int expected, const std::vector<std::string>& args) const;
  /// The arguments of call(), for BackgroundProcess.
  [[nodiscard]] std::vector<std::string> command(std::vector<std::string> args) const;

  /// init, corpus add, split, pairs: everything before generate, on a `folder` corpus below
  /// `clips`.
  void prepare(const std::filesystem::path& clips) const;

  /// Values of a query with one column, as text.
  [[nodiscard]] std::vector<std::string> query(const std::string& sql) const;
  /// Changes rows behind the programs' back.
  void change(const std::string& sql) const;
  /// Every file that jobs made, "job key, kind, digest".
  [[nodiscard]] std::vector<std::string> artifact_digests() const;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

/// Lays out the first `n_frames` frames of the three sample clips as a `folder` corpus in `clips`.
void write_sample_corpus(const std::filesystem::path& clips, int n_frames);

/// True when networks and sample clips are there.
[[nodiscard]] bool has_assets();

/// Options of `generate run` that make it quick.
[[nodiscard]] std::vector<std::string> quick_generate();

}  // namespace changeling
