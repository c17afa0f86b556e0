#include "catalog/corpora/fake_corpus_scan.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "tests/unit/catalog/corpora/scan_helpers.h"

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(FakeCorpusScan, PeopleWhomRecordingsLinkGoTogetherInAnyOrder) {
  FakeCorpusScan scan({});
  const std::vector<std::pair<std::string, std::string>> seen = {
      {"first", "a"}, {"first", "b"}, {"second", "b"}, {"second", "c"},
      {"third", "d"}, {"third", ""},  {"fourth", ""},  {"fourth", "e"}};
  for (const auto& [clip, person] : seen) {
    scan.add_real(clip + person + ".mp4", person, clip);
    if (!person.empty()) {
      scan.set_part(person, person == "c" || person == "e" ? "test" : "train");
    }
  }
  const CorpusScan found = scan.finish();
  EXPECT_EQ(found.given_parts.at("a"), "test") << "linked to c by b alone";
  EXPECT_EQ(found.given_parts.at("b"), "test");
  EXPECT_EQ(found.given_parts.at("d"), "train") << "somebody unnamed links nobody";
  EXPECT_THAT(problem_counts(found.problems), ElementsAre(Pair("parted_recording", 1)));
}

}  // namespace
}  // namespace changeling
