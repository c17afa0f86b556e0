// Readers of lists: CSV, the lists of each corpus adapter, detector scores, items of an export.
#include <filesystem>
#include <memory>
#include <set>

#include "catalog/corpora/builtin_corpora.h"
#include "catalog/corpora/csv_reader.h"
#include "catalog/export/dataset_version.h"
#include "catalog/export/export_verify.h"
#include "evaluator/scores/score_file.h"
#include "tests/fuzz/hostile_reader.h"

namespace changeling {
namespace {

void read_csv(const std::string& bytes) {
  CsvReader reader(bytes, "hostile.csv");
  expect(!reader.header().empty(), "there is a header");
  std::size_t line = 0;
  while (const std::optional<CsvRow> row = reader.next()) {
    expect(row->line > line, "lines ascend");
    line = row->line;
    for (const std::string& field : row->fields) {
      const CsvNumber number = parse_csv_number(field);
      expect(number.is_valid || !number.value, "what is no number has no value");
      (void)parse_csv_id(field);
    }
  }
}

/// What every scan promises of its rows.
void check_scan(const CorpusScan& scan) {
  std::set<std::string> media, subjects;
  for (const MediaRow& medium : scan.media) {
    expect(media.insert(medium.rel_path).second, "a medium is listed once");
  }
  for (const SubjectRow& subject : scan.subjects) {
    expect(subjects.insert(subject.ext_id).second, "a person is listed once");
  }
  for (const ScannedSighting& seen : scan.sightings) {
    expect(media.count(seen.rel_path) > 0 && subjects.count(seen.subject) > 0,
           "a sighting names a medium and a person of the scan");
  }
}

/// A corpus of empty files and one list, which the bytes are.
struct CorpusLayout {
  std::string adapter;
  std::string text_list;  ///< where the list lies
  std::string json_list;  ///< where it lies when it begins as JSON; empty = no such list
  std::vector<std::string> files;
  std::vector<std::string> seeds;
};

HostileReader corpus_reader(const CorpusLayout& layout) {
  const std::string folder = "corpus_" + layout.adapter + "/";
  const std::shared_ptr<const Corpus> corpus = make_corpus(layout.adapter);
  const auto read = [layout, folder, corpus](const std::string& bytes) {
    for (const std::string& file : layout.files) {
      if (!std::filesystem::exists(scratch_path(folder + file))) {
        (void)scratch_file(folder + file, "");
      }
    }
    std::string list = layout.text_list;
    if (!layout.json_list.empty()) {
      const bool is_json = !bytes.empty() && (bytes[0] == '{' || bytes[0] == '[');
      list = is_json ? layout.json_list : layout.text_list;
      std::filesystem::remove(scratch_path(folder + layout.text_list));
      std::filesystem::remove(scratch_path(folder + layout.json_list));
    }
    (void)scratch_file(folder + list, bytes);
    check_scan(corpus->scan(scratch_path(folder)));
    (void)corpus->annotations(scratch_path(folder));
  };
  return {"corpus_" + layout.adapter, {ErrorKind::kInput}, layout.seeds, read};
}

std::string landmark_list() {
  std::string header = "name", row = "Ann_Lee_10.jpg";
  for (int i = 0; i < 136; ++i) {
    header += ",c" + std::to_string(i);
    row += "," + std::to_string(i) + ".5";
  }
  return header + "\n" + row + "\n";
}

std::vector<CorpusLayout> layouts() {
  return {
      {"folder",
       "subjects.csv",
       "",
       {"a.mp4", "b/c.mkv"},
       {"path,subject,licence,consent_basis,redistributable,gender,skintone,age_bin,start_s,end_s,"
        "face_x,face_y,source_clip\na.mp4,ann,MIT,licensed,1,f,3,2,0.5,2,10,20,c1\n"
        "b/c.mkv,?,CC0-1.0,consented,0,,,,,,,,\n"}},
      {"outside_fakes",
       "fakes.csv",
       "fakes.jsonl",
       {"a.mp4", "b.mp4"},
       {"path,method,source_type,licence,consent_basis,redistributable,target,source,label\n"
        "a.mp4,swapper,compositeSynthetic,MIT,licensed,1,ann,bob,fake\n"
        "b.mp4,,,MIT,licensed,0,ann,,real\n",
        R"({"path":"a.mp4","method":"swapper","source_type":"compositeSynthetic","licence":"MIT",)"
        R"("consent_basis":"licensed","redistributable":true,"target":null,"source_clip":1})"
        "\n"}},
      {"dfdc",
       "labels.csv",
       "metadata.json",
       {"a.mp4", "b.mp4", "videos/c.mp4"},
       {R"({"a.mp4":{"label":"FAKE","split":"train","original":"b.mp4"},)"
        R"("b.mp4":{"label":"REAL","split":"validation","target_id":"7"}})",
        "filename,label\nc.mp4,1\na.mp4,0\n"}},
      {"ffpp",
       "conversion_dict.json",
       "splits/train.json",
       {"original_sequences/youtube/c23/videos/000.mp4",
        "original_sequences/youtube/c23/videos/003.mp4",
        "manipulated_sequences/Deepfakes/c23/videos/000_003.mp4"},
       {R"([["000","003"],["003","000"]])", R"( {"000":"abc 0","003":"def 1"})"}},
      {"celebdf",
       "List_of_testing_videos.txt",
       "",
       {"Celeb-real/id0_0001.mp4", "Celeb-synthesis/id0_id1_0000.mp4", "YouTube-real/00001.mp4"},
       {"1 Celeb-real/id0_0001.mp4\n0 Celeb-synthesis/id0_id1_0000.mp4\r\n"}},
      {"voxceleb",
       "vox1_meta.csv",
       "",
       {"id10001/clip/00001.mp4"},
       {"VoxCeleb1 ID\tVGGFace1 ID\tGender\tNationality\tSet\nid10001\tA\tm\tX\tdev\n"}},
      {"ijbc",
       "protocols/ijbc_metadata.csv",
       "",
       {"images/img/1.jpg", "images/img/2.png", "images/frames/9.png"},
       {"FILENAME,SUBJECT_ID,SIGHTING_ID,FRAME_NUM,FACE_WIDTH,FACE_HEIGHT,FACE_X,FACE_Y,GENDER,"
        "SKINTONE,YAW,ROLL,FACIAL_HAIR,INDOOR_OUTDOOR,OCC1,OCC18\r\n"
        "img/1.jpg,1,10,nan,30,40,5,6,0,2,12.5,-3,0,1,0,1\r\n"
        "frames/9.png,1.0,100,20,20,20,0,0,0,2,,,,,,\r\n"}},
      {"ytf_keypoints",
       "training_frames_keypoints.csv",
       "",
       {"Ann_Lee_10.jpg"},
       {landmark_list()}}};
}

void read_scores(const std::string& bytes) {
  const bool is_json = !bytes.empty() && bytes[0] == '{';
  const auto lines =
      read_score_file(scratch_file(is_json ? "scores/hostile.jsonl" : "scores/hostile.csv", bytes));
  expect(!lines.empty(), "there are scores");
  for (const ScoreLine& line : lines) {
    expect(line.p_fake.has_value() == (line.status == "ok"), "only a status 'ok' has a score");
    expect(!line.p_fake || (*line.p_fake >= 0 && *line.p_fake <= 1), "a score lies in 0..1");
    expect(line.key.empty() == (line.artifact > 0), "a line names its clip");
  }
}

void read_items(const std::string& bytes) {
  (void)version_root(read_exported_items(
      std::filesystem::path(scratch_file("items/items.jsonl", bytes)).parent_path()));
}

/// The bytes are dataset.json of a folder with nothing else. Whatever is wrong is a fault.
void read_export(const std::string& bytes) {
  const std::filesystem::path file = scratch_file("export/dataset.json", bytes);
  const ExportVerifyReport report =
      verify_export(file.parent_path(), KeyRing(scratch_path("export_keys")));
  expect(!report.faults.empty(), "an export without files is not sound");
}

}  // namespace

std::vector<HostileReader> list_readers() {
  std::vector<HostileReader> readers = {
      {"csv",
       {ErrorKind::kInput},
       {"\xEF\xBB\xBFpath,x\r\n\"a \"\"b\"\"\nc\",1.0\r\n\r\nd,nan\n"},
       read_csv},
      {"scores",
       {ErrorKind::kInput},
       {"key,frame,status,p_fake\n0123456789abcdef,-1,ok,0.25\n0123456789abcdef,3,no_face,\n",
        R"({"artifact":7,"p_fake":0.5})"
        "\n"
        R"({"key":"0123456789abcdef","frame":2,"status":"timeout","p_fake":null})"},
       read_scores},
      {"items",
       {ErrorKind::kInput},
       {R"({"key":"0123456789abcdef","label":"fake","part":"train","stream_sha256":")" +
        std::string(64, 'b') + "\"}\n"},
       read_items},
      {"export",
       {},
       {R"({"name":"faces","version":"1.0.0","key_id":"0123456789abcdef","access_class":"public",)"
        R"("formats":["ffpp","webdataset"],"merkle_root":"","counts":{"train":{"fake":1}}})"},
       read_export}};
  for (const CorpusLayout& layout : layouts()) {
    readers.push_back(corpus_reader(layout));
  }
  return readers;
}

}  // namespace changeling
