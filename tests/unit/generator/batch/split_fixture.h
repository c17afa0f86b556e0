// A catalog with one corpus of people in a split, filled test by test.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/store/corpus_store.h"
#include "catalog/store/database.h"
#include "catalog/store/pair_store.h"
#include "tests/support/temp_dir.h"

namespace changeling {

class SplitFixture : public ::testing::Test {
 protected:
  /// `part`: empty = in none.
  SubjectId add_person(const std::string& ext_id, const std::string& part) {
    SubjectRow row;
    row.corpus_id = corpus_;
    row.ext_id = ext_id;
    const SubjectId id = store_.add_subject(row);
    if (!part.empty()) {
      parts_.push_back({id, static_cast<std::int64_t>(parts_.size()), part});
    }
    return id;
  }

  SplitId add_split(const std::string& name) {
    return pairs_.add_split({{}, name, "threshold@1", 1, {}}, parts_);
  }

  TempDir dir_;
  Database database_ = Database::create(dir_ / "catalog.db");
  CorpusStore store_{database_};
  PairStore pairs_{database_};
  CorpusId corpus_ =
      store_.add_corpus({{}, "c", "1", "folder:c@1", "MIT", "public-research", true});
  std::vector<SplitSubjectRow> parts_;  ///< of everybody added
};

}  // namespace changeling
