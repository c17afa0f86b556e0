#include "tests/support/ijbc_fixture.h"

#include "common/media/image_codec.h"
#include "tests/support/folder_fixture.h"
#include "tests/support/synthetic_clip.h"

namespace fs = std::filesystem;

namespace changeling {
namespace {

/// Another order of columns than in the release notes, with occlusion cells 1 and 18 only.
constexpr const char* kMetadataHeader =
    "FILENAME,SUBJECT_ID,SIGHTING_ID,FRAME_NUM,FACE_WIDTH,FACE_HEIGHT,FACE_X,FACE_Y,GENDER,"
    "SKINTONE,"
    "YAW,ROLL,FACIAL_HAIR,INDOOR_OUTDOOR,OCC1,OCC18\r\n";

std::string usable_rows() {
  return "img/1.jpg,1,10,nan,30,40,5,6,0,2,12.5,-3,0,1,0,1\r\n"
         "img/2.png,2,20,,31,41,7,8,1.0,5,,,3,nan,0,0\r\n"
         "img/3.jpg,1,11,,20,20,0,0,0,2,,,,,,\r\n"
         "img/3.jpg,2,21,,20,20,40,0,1,5,,,,,,\r\n"
         "img/5.jpg,3.0,30,,20,20,0,0,,,,,,,,\r\n"
         "img/5.jpg,nan,31,,20,20,50,0,,,,,,,,\r\n"
         "frames/10.png,1,100,40,20,20,1,1,0,2,,,,,,\r\n"
         "frames/9.png,1,100,20,20,20,0,0,0,2,,,,,,\r\n"
         "frames/11.png,1,100,60,20,20,2,2,0,2,,,,,,\r\n"
         "frames/11.png,2,200,60,nan,20,50,2,1,5,,,,,,\r\n"
         "frames/12.png,2,200,80,20,20,51,2,1,5,,,,,,\r\n";
}

std::string unusable_rows() {
  return "img/4.jpg,1,12,,20,20,9,9,0,2,,,,,,\r\n"
         "img/4.jpg,3,32,,20,20,9,9,,,,,,,,\r\n"
         "img/6.jpg,1,13,,20,20,0,0,0,2,,,,,,\r\n"
         "../../../../outside.jpg,1,14,,20,20,0,0,0,2,,,,,,\r\n"
         "img/1.jpg,1\r\n"
         "img/3.jpg,1,11,,20,20,0,0,0,2,sideways,,,,,\r\n"
         "img/2.png,2,20,,99,99,1,1,1,5,,,,,,\r\n";
}

void write_pictures(const fs::path& images) {
  ClipSpec look;
  const std::string png = encode_png(draw_frame(look, 0));
  const std::string jpeg = encode_jpeg(draw_frame(look, 0));
  for (const char* name :
       {"img/1.JPG", "img/3.jpg", "img/4.jpg", "img/5.jpg", "img/7.jpg", "nonfaces/8.jpg"}) {
    write_bytes(images / name, jpeg);
  }
  for (const char* name :
       {"img/2.png", "frames/9.png", "frames/10.png", "frames/11.PNG", "frames/12.png"}) {
    write_bytes(images / name, png);
  }
}

void write_lists(const fs::path& protocols, const IjbcFixtureSpec& spec) {
  write_bytes(protocols / "ijbc_metadata.csv", "\xEF\xBB\xBF" + std::string(kMetadataHeader) +
                                                   usable_rows() +
                                                   (spec.has_clean_lists ? "" : unusable_rows()));
  write_bytes(protocols / "ijbc_metadata_with_age.csv",
              "SUBJECT_ID,FILENAME,SIGHTING_ID,FACE_X,FACE_Y,FACE_WIDTH,FACE_HEIGHT,AGE\n"
              "1,img/1.jpg,10,5.0,6.0,30.0,40.0,3\n");
  write_bytes(protocols / "test1/enroll_templates.csv",
              "TEMPLATE_ID,SUBJECT_ID,FILENAME,FACE_X,FACE_Y,FACE_WIDTH,FACE_HEIGHT\n"
              "1,1,img/1.jpg,5,6,30,40\n");
  write_bytes(protocols / "test1/match.csv", "1,2\n1,3\n");
  write_bytes(protocols / "ijbc_11_G1_G2_matches.csv", "1,2\n");
  write_bytes(protocols / "ijbc_face_detection_ground_truth.csv",
              "FILENAME,X,Y,W,H,IGNORE\n"
              "img/1.jpg,6,7,30,40,0\n"       // the face of person 1
              "img/2.png,60,60,25,25,0\n"     // somebody nobody knows
              "img/2.png,80,10,4,4,1\n"       // too small to count
              "nonfaces/8.jpg,1,1,9,9,0\n");  // a file without known people
}

}  // namespace

void write_ijbc_fixture(const fs::path& root, const IjbcFixtureSpec& spec) {
  const fs::path release = root / spec.release;
  write_pictures(release / "images");
  write_lists(release / "protocols", spec);
  write_bytes(release / "ijbc_subject_names.csv", "SUBJECT_ID,NAME\n1,\"Doe, Jane\"\n");
  if (!spec.has_full_motion) {
    return;
  }
  fs::create_directories(release / "full_motion");
  ClipSpec clip;
  write_clip(release / "full_motion/500.mp4", clip);
  fs::rename(release / "full_motion/500.mp4", release / "full_motion/500.MP4");
  write_bytes(release / "protocols/test10/enroll_templates.csv",
              "TEMPLATE_ID,SUBJECT_ID,FILENAME,SIGHTING_ID\n7,1,full_motion/500.mp4,100\n");
}

}  // namespace changeling
