#include "catalog/export/close_looks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <new>
#include <utility>

#include <gmock/gmock.h>
#include <omp.h>

#include "common/base/rng.h"

namespace changeling {
namespace {

using Looks = std::vector<std::vector<float>>;
using Found = std::map<std::pair<std::size_t, std::size_t>, double>;

std::vector<const std::vector<float>*> places_of(const Looks& looks) {
  std::vector<const std::vector<float>*> places;
  for (const std::vector<float>& look : looks) {
    places.push_back(&look);
  }
  return places;
}

Found found_in(const Looks& looks, double min_cosine) {
  Found found;
  visit_close_looks(places_of(looks), min_cosine, [&found](const CloseLooks& close) {
    EXPECT_TRUE(found.emplace(std::pair(close.first, close.second), close.cosine).second)
        << close.first << " and " << close.second << " came twice";
  });
  return found;
}

/// Each with each.
Found compared(const Looks& looks, double min_cosine) {
  Found found;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    for (std::size_t j = i + 1; j < looks.size(); ++j) {
      if (!looks[i].empty() && looks[i].size() == looks[j].size()) {
        const double cosine = look_cosine(looks[i], looks[j]);
        if (cosine >= min_cosine) {
          found[{i, j}] = cosine;
        }
      }
    }
  }
  return found;
}

std::vector<float> unit(std::vector<float> look) {
  const double norm = std::sqrt(look_cosine(look, look));
  for (float& number : look) {
    number = static_cast<float>(number / norm);
  }
  return look;
}

/// Unit vectors about as many centres as there are people, so that cosines lie on both sides of .5.
Looks people(std::size_t n_looks, std::size_t length) {
  CounterRng rng(derive_seed(7, {"looks", std::to_string(length)}));
  const auto drawn = [&] {
    std::vector<float> look(length);
    for (float& number : look) {
      number = static_cast<float>(rng.uniform() - 0.5);
    }
    return look;
  };
  Looks centres, looks;
  for (std::size_t i = 0; i < n_looks / 4 + 1; ++i) {
    centres.push_back(drawn());
  }
  for (std::size_t i = 0; i < n_looks; ++i) {
    std::vector<float> look = drawn();
    for (std::size_t k = 0; k < length; ++k) {
      look[k] += centres[i % centres.size()][k];
    }
    looks.push_back(unit(look));
  }
  return looks;
}

TEST(VisitCloseLooks, FindsWhatComparingEachWithEachFinds) {
  for (const std::size_t length : {1, 31, 128, 512}) {
    for (const std::size_t n_looks : {1, 64, 65, 130}) {
      const Looks looks = people(n_looks, length);
      for (const double bar : {-3.0, 0.0, 0.5, 0.7, 1.0, 3.0}) {
        EXPECT_EQ(found_in(looks, bar), compared(looks, bar))
            << n_looks << " looks of " << length << " numbers, bar " << bar;
      }
    }
  }
}

TEST(VisitCloseLooks, FindsTheSameOnManyThreads) {
  const Looks looks = people(1200, 20);
  EXPECT_EQ(found_in(looks, 0.7), compared(looks, 0.7));
}

TEST(VisitCloseLooks, AnErrorOfAVisitReachesTheCaller) {
  const Looks looks = people(1200, 20);
  int visits = 0;
  const auto visit = [&visits](const CloseLooks&) {
    ++visits;
    throw std::bad_alloc();
  };
  EXPECT_THROW(visit_close_looks(places_of(looks), 0.7, visit), std::bad_alloc);
  EXPECT_GE(visits, 1);
}

TEST(SetCloseLookThreads, BindsTheLoop) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "the thread sanitizer does not see what libgomp orders";
#endif
  const Looks looks = people(1200, 20);
  for (const int threads : {1, 3}) {
    set_close_look_threads(threads);
    int most = 0;
    visit_close_looks(places_of(looks), 0.7, [&most](const CloseLooks&) {
      most = std::max(most, ::omp_get_num_threads());
    });
    EXPECT_EQ(most, threads);
  }
  set_close_look_threads(::omp_get_num_procs());
}

TEST(VisitCloseLooks, HitsTheBarToTheBit) {
  const Looks looks = people(80, 512);
  const Found all = compared(looks, 0.3);
  ASSERT_GT(all.size(), 100U);
  for (const auto& [pair, cosine] : all) {
    const Looks two = {looks[pair.first], looks[pair.second]};
    EXPECT_EQ(found_in(two, cosine).size(), 1U) << cosine;
    EXPECT_EQ(found_in(two, std::nextafter(cosine, 2.0)).size(), 0U) << cosine;
  }
}

/// The worst for the rounding: every number lies half-way between two steps of 2^-14, so that all
/// of the product's error has one sign.
TEST(VisitCloseLooks, LosesNoneWhereRoundingTakesMost) {
  const float step = 1.0F / (1 << 14);
  for (const float off : {0.499F, 0.5F, 0.501F, -0.499F, -0.5F, -0.501F}) {
    Looks looks(3, std::vector<float>(512));
    for (std::size_t k = 0; k < 512; ++k) {
      looks[0][k] = (724 + off) * step;  // 1 / sqrt(512) = 724.08 steps
      looks[1][k] = k < 256 ? (724 + off) * step : (off - 0.25F) * step;
      looks[2][k] = -looks[0][k];
    }
    const double cosine = look_cosine(looks[0], looks[1]);
    EXPECT_EQ(found_in(looks, cosine), compared(looks, cosine)) << off;
    EXPECT_EQ(found_in(looks, -cosine), compared(looks, -cosine)) << off;
  }
}

TEST(VisitCloseLooks, TakesWhatIsNoIdentity) {
  Looks looks = people(70, 16);
  looks.push_back({});
  looks.push_back({});
  looks.push_back(unit({1, 2, 3}));
  looks.push_back(unit({1, 2, 3}));
  looks.emplace_back(16, 0.0F);
  looks.emplace_back(16, 1e6F);
  looks.emplace_back(16, -1e-30F);
  looks.emplace_back(16, std::numeric_limits<float>::infinity());
  looks.emplace_back(16, std::numeric_limits<float>::quiet_NaN());
  for (const double bar : {-1e9, -2.0, 0.0, 0.5, 2.0, 1e9}) {
    EXPECT_EQ(found_in(looks, bar), compared(looks, bar)) << bar;
  }
  EXPECT_TRUE(found_in({}, 0.5).empty());
}

}  // namespace
}  // namespace changeling
