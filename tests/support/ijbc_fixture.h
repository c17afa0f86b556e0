// tests/support/ijbc_fixture.h: trees in the layout of IJB-C from drawn pictures and clips, with
// every quirk of real installations planted. No byte of IJB-C is involved.
#pragma once

#include <filesystem>
#include <string>

namespace changeling {

struct IjbcFixtureSpec {
  std::string release =
      "IJB/IJB-C";               ///< folder of the release below the root; empty = the root itself
  bool has_full_motion = false;  ///< adds a video, and the list that links SIGHTING_ID 100 to it
  bool has_clean_lists = false;  ///< leaves out the rows that cannot be used
};

/// Three people; sighting 100 shows person 1 in frames 9, 10, 11, sighting 200 person 2 in frames
/// 11, 12:
///   img/1  person 1; the file is 1.JPG, the lists say img/1.jpg
///   img/2  person 2, and a face in the detection list that nobody claims
///   img/3  persons 1 and 2
///   img/4  one box for persons 1 and 3 (unless has_clean_lists)
///   img/5  person "3.0", and somebody without SUBJECT_ID ("nan")
///   img/7  in no list; nonfaces/8 too
/// Unless has_clean_lists also: a row of a missing file, of a path that climbs out of the root, one
/// with too few fields, one with a yaw that is no number, and a second box for person 2 in img/2.
void write_ijbc_fixture(const std::filesystem::path& root, const IjbcFixtureSpec& spec = {});

}  // namespace changeling
