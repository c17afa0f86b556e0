// tests/unit/reports/report_catalog.h: a catalog with a finished run, a failure and scores.
#pragma once

#include <string>
#include <vector>

#include "tests/support/temp_dir.h"
#include "tests/support/tiny_catalog.h"

namespace changeling {

/// Five people, four pairs: three fakes with id_margin 0.1, 0.3, 0.2 and ssim_bg (the last one
/// without value), one job skipped for a small face.
class ReportCatalog {
 public:
  /// `evaluated` also stores an ended evaluation with aggregates.
  explicit ReportCatalog(bool evaluated = true);

  Database& database() { return catalog_.database(); }

  [[nodiscard]] const std::string& run_id() const { return run_id_; }

 private:
  void finish_jobs();
  void add_scores(bool evaluated);

  TempDir folder_;
  TinyCatalog catalog_;
  std::string run_id_;
};

}  // namespace changeling
