#include "common/packs/frame_set.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/packs/pack_json.h"

namespace changeling {
namespace {

using pack_json::Json;
using pack_json::ObjectReader;

constexpr const char* kFormat = "changeling-frame-set";
constexpr int kVersion = 1;
constexpr const char* kIndexName = "set.json";
constexpr const char* kUnfinished = "unfinished-";  ///< begins the names of folders of save()
constexpr std::size_t kInputDigits = 16;
constexpr const char* kStateName = "state.json";

[[noreturn]] void fail(const std::string& name, const std::string& what) {
  throw Error(ErrorKind::kInput, "frame set '" + name + "': " + what);
}

auto fields(const PackLayout& layout) {
  return std::tie(layout.resolution_px, layout.crop_scale, layout.landmarks, layout.landmark_source,
                  layout.mask_source);
}

auto fields(const PackTerms& terms) {
  return std::tie(terms.corpus, terms.licence, terms.consent_basis, terms.redistributable);
}

bool has_terms(const std::vector<PackTerms>& all, const PackTerms& terms) {
  return std::any_of(all.begin(), all.end(),
                     [&](const PackTerms& other) { return fields(other) == fields(terms); });
}

std::vector<std::string> subjects_of(const FramePack& pack) {
  std::set<std::string> subjects;
  for (const PackSequence& sequence : pack.sequences) {
    subjects.insert(sequence.subject);
  }
  return {subjects.begin(), subjects.end()};
}

void add_terms(std::vector<PackTerms>& all, const std::vector<PackTerms>& more) {
  for (const PackTerms& terms : more) {
    if (!has_terms(all, terms)) {
      all.push_back(terms);
    }
  }
}

/// An index must not free what its packs bind.
void check_terms(const FrameSet& set, const FrameSetEntry& entry, const FramePack& pack) {
  for (const PackTerms& terms : pack.terms) {
    if (!has_terms(set.terms, terms)) {
      fail(set.folder.string(), "its terms leave out those of '" + entry.file + "': '" +
                                    terms.corpus + "', " + terms.licence);
    }
  }
}

void check_listed_once(const FrameSet& set, const std::string& name) {
  std::set<Digest> listed;
  for (const FrameSetEntry& entry : set.packs) {
    if (!listed.insert(entry.sha256).second) {
      fail(name, "it names '" + entry.file + "' twice");
    }
  }
}

void check_disjoint(const FrameSet& set, const std::string& name) {
  std::map<std::string, std::string> part_of;
  for (const FrameSetEntry& entry : set.packs) {
    for (const std::string& subject : entry.subjects) {
      const auto [found, is_new] = part_of.emplace(subject, entry.part);
      if (!is_new && found->second != entry.part) {
        fail(name, "'" + subject + "' is in the parts " + found->second + " and " + entry.part);
      }
    }
  }
}

std::string index_text(const FrameSet& set) {
  Json packs = Json::array();
  for (const FrameSetEntry& entry : set.packs) {
    packs.push_back({{"file", entry.file},
                     {"sha256", entry.sha256.hex()},
                     {"part", entry.part},
                     {"frames", entry.frames},
                     {"subjects", entry.subjects}});
  }
  const Json index = {{"format", kFormat},
                      {"version", kVersion},
                      {"layout", pack_json::to_json(set.layout)},
                      {"split", set.split},
                      {"terms", pack_json::to_json(set.terms)},
                      {"packs", packs}};
  return index.dump(1) + "\n";
}

FrameSetEntry entry_from_json(const Json& value, const std::string& name) {
  const ObjectReader reader(value, name, {"file", "sha256", "part", "frames", "subjects"});
  FrameSetEntry entry;
  entry.file = reader.text("file");
  if (std::filesystem::path(entry.file).filename() != entry.file) {
    reader.refuse("'file' is not a plain file name");
  }
  try {
    entry.sha256 = Digest::from_hex(reader.text("sha256"));
  } catch (const Error&) {
    reader.refuse("'sha256' is not 64 hex digits");
  }
  entry.part = pack_json::part_of(reader);
  entry.frames = reader.integer("frames", 1, kMaxPackBytes);
  for (const Json& subject : reader.list("subjects")) {
    if (!subject.is_string()) {
      reader.refuse("a subject is not text");
    }
    entry.subjects.push_back(subject.get<std::string>());
  }
  return entry;
}

FrameSet read_index(const std::filesystem::path& folder) {
  const std::string name = (folder / kIndexName).string();
  const std::string text = read_file(folder / kIndexName);
  const Json index = pack_json::parse(text, name);
  const ObjectReader reader(index, name,
                            {"format", "version", "layout", "split", "terms", "packs"});
  if (reader.text("format") != kFormat || reader.integer("version", 0, 1000) != kVersion) {
    reader.refuse("another format or version");
  }
  FrameSet set;
  set.folder = folder;
  set.layout = pack_json::layout_from_json(reader.member("layout"), name);
  set.split = reader.text("split");
  set.terms = pack_json::terms_from_json(reader.list("terms"), name);
  for (const Json& value : reader.list("packs")) {
    set.packs.push_back(entry_from_json(value, name));
  }
  if (set.packs.empty()) {
    reader.refuse("it names no pack");
  }
  set.sha256 = sha256(text);
  return set;
}

FrameSet set_of_one(const std::filesystem::path& file) {
  const std::string bytes = read_file(file);
  const FramePack pack = parse_frame_pack(bytes, file.string());
  FrameSet set;
  set.folder = file.parent_path();
  set.layout = pack.layout;
  set.split = "one pack";
  set.terms = pack.terms;
  set.sha256 = sha256(bytes);
  set.packs = {
      {file.filename().string(), set.sha256, pack.part, pack.frame_count(), subjects_of(pack)}};
  return set;
}

void discard(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) {
    throw Error(ErrorKind::kResource, "cannot remove '" + path.string() +
                                          "', which the new set does not name: " + error.message());
  }
}

/// Packs of an earlier or a stopped preparation would travel with the folder.
void remove_unnamed_packs(const std::filesystem::path& folder, const std::set<std::string>& named) {
  std::vector<std::filesystem::path> unnamed;
  std::error_code unread;  // what cannot be listed stays
  for (const auto& file : std::filesystem::directory_iterator(folder, unread)) {
    const std::string name = file.path().filename().string();
    if (file.is_regular_file(unread) && is_frame_pack_name(name) && named.count(name) == 0) {
      unnamed.push_back(file.path());
    }
  }
  for (const std::filesystem::path& file : unnamed) {
    discard(file);
  }
}

/// Where save() writes for these inputs.
std::filesystem::path unfinished_folder(const std::filesystem::path& folder, const Digest& inputs) {
  return folder / (kUnfinished + inputs.hex().substr(0, kInputDigits));
}

/// Only names that unfinished_folder gives: such folders are removed.
bool is_unfinished_name(const std::string& name) {
  const std::string start = kUnfinished;
  return name.size() == start.size() + kInputDigits && name.rfind(start, 0) == 0 &&
         name.find_first_not_of("0123456789abcdef", start.size()) == std::string::npos;
}

/// Those of all inputs.
std::vector<std::filesystem::path> unfinished_folders(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  std::error_code unread;
  for (const auto& entry : std::filesystem::directory_iterator(folder, unread)) {
    if (entry.is_directory(unread) && is_unfinished_name(entry.path().filename().string())) {
      found.push_back(entry.path());
    }
  }
  return found;
}

/// `state` sealed with its digest.
std::string state_text(const Json& state) {
  return Json{{"state", state}, {"sha256", sha256(state.dump()).hex()}}.dump();
}

/// Inverse of state_text. Throws Error(kInput) for anything else.
Json read_state(const std::filesystem::path& file) {
  const Json sealed = pack_json::parse(read_file(file), file.string());
  const ObjectReader reader(sealed, file.string(), {"state", "sha256"});
  if (sha256(reader.member("state").dump()).hex() != reader.text("sha256")) {
    reader.refuse("it is damaged: its digest is wrong");
  }
  return reader.member("state");
}

void check_digest(const std::string& bytes, const std::filesystem::path& folder,
                  const std::string& name, const Digest& digest) {
  if (sha256(bytes) != digest) {
    fail(folder.string(), "'" + name + "' is damaged: its SHA-256 is not the index's");
  }
}

FramePack read_named_pack(const std::filesystem::path& folder, const std::string& name,
                          const Digest& digest) {
  std::string bytes = read_file(folder / name);
  check_digest(bytes, folder, name, digest);
  return parse_frame_pack(std::move(bytes), (folder / name).string());
}

void require_rows(const FramePack& pack) {
  const auto n = static_cast<std::size_t>(pack.frame_count());
  const auto side = static_cast<std::size_t>(pack.layout.resolution_px);
  const std::size_t mask = pack.layout.mask_source == "none" ? 0 : side * side;
  const bool fits =
      pack.pixels.size() == n * side * side * 3 && pack.masks.size() == n * mask &&
      pack.landmarks.size() == n * 2 * static_cast<std::size_t>(pack.layout.landmarks) &&
      pack.poses.size() == n * 3 && pack.sharpness.size() == n;
  std::int64_t tiled = 0;
  for (const PackSequence& sequence : pack.sequences) {
    tiled += sequence.frames;
  }
  CHANGELING_REQUIRE(fits && tiled == pack.frame_count(), "every frame needs a row everywhere");
}

/// Rows [first, last) of `from`, of `width` elements each, to the end of `to`.
template <typename Rows>
void append_rows(Rows& to, const Rows& from, std::int64_t first, std::int64_t last,
                 std::int64_t width) {
  to.insert(to.end(), from.begin() + first * width, from.begin() + last * width);
}

}  // namespace

FrameSet open_frame_set(const std::filesystem::path& path) {
  std::error_code error;
  FrameSet set =
      std::filesystem::is_regular_file(path, error) ? set_of_one(path) : read_index(path);
  check_disjoint(set, path.string());
  check_listed_once(set, path.string());
  return set;
}

PackFile check_pack(std::string bytes, const FrameSet& set, const FrameSetEntry& entry) {
  check_digest(bytes, set.folder, entry.file, entry.sha256);
  PackFile file(std::move(bytes), (set.folder / entry.file).string());
  check_entry(file.outline().frames, set, entry);
  return file;
}

void check_entry(const FramePack& pack, const FrameSet& set, const FrameSetEntry& entry) {
  if (pack.part != entry.part || pack.frame_count() != entry.frames ||
      fields(pack.layout) != fields(set.layout) || subjects_of(pack) != entry.subjects) {
    fail(set.folder.string(), "'" + entry.file + "' holds something else than the index says");
  }
  check_terms(set, entry, pack);
}

FramePack read_pack(const FrameSet& set, const FrameSetEntry& entry) {
  return check_pack(read_file(set.folder / entry.file), set, entry).whole();
}

FrameSetWriter::FrameSetWriter(std::filesystem::path folder, PackLayout layout,
                               std::int64_t max_pack_bytes) {
  set_.folder = std::move(folder);
  set_.layout = std::move(layout);
  frames_per_pack_ = max_pack_bytes / bytes_per_frame(set_.layout);
  CHANGELING_REQUIRE(frames_per_pack_ > 0, "a pack must hold a frame");
}

void FrameSetWriter::add(const FramePack& frames) {
  if (fields(frames.layout) != fields(set_.layout)) {
    fail(set_.folder.string(), "frames of another layout");
  }
  require_rows(frames);
  lock();
  std::int64_t first = 0;
  for (const PackSequence& sequence : frames.sequences) {
    append_sequence(frames, first, sequence);
    first += sequence.frames;
  }
}

void FrameSetWriter::lock() {
  if (!lock_) {
    std::error_code ignored;  // a folder that cannot be made shows when the lock file is opened
    std::filesystem::create_directories(set_.folder, ignored);
    lock_.emplace(set_.folder / kIndexName, "frame set", ErrorKind::kResource);
  }
}

void FrameSetWriter::append_sequence(const FramePack& frames, std::int64_t first,
                                     const PackSequence& sequence) {
  const std::int64_t end = first + sequence.frames;
  const std::int64_t side = set_.layout.resolution_px;
  while (first < end) {
    FramePack& pack = open_[frames.part];
    pack.part = frames.part;
    pack.layout = set_.layout;
    const std::int64_t last = std::min(end, first + frames_per_pack_ - pack.frame_count());
    append_rows(pack.pixels, frames.pixels, first, last, side * side * 3);
    if (set_.layout.mask_source != "none") {
      append_rows(pack.masks, frames.masks, first, last, side * side);
    }
    append_rows(pack.landmarks, frames.landmarks, first, last, 2 * set_.layout.landmarks);
    append_rows(pack.poses, frames.poses, first, last, 3);
    append_rows(pack.sharpness, frames.sharpness, first, last, 1);
    append_rows(pack.frame_index, frames.frame_index, first, last, 1);
    pack.sequences.push_back({sequence.video, sequence.subject, last - first});
    add_terms(pack.terms, frames.terms);
    if (pack.frame_count() == frames_per_pack_) {
      flush(pack);
    }
    first = last;
  }
}

void FrameSetWriter::flush(FramePack& pack) {
  list(pack, write_frame_pack(set_.folder, pack));
  pack = FramePack();
}

void FrameSetWriter::list(const FramePack& pack, const Digest& digest) {
  set_.packs.push_back(
      {frame_pack_name(digest), digest, pack.part, pack.frame_count(), subjects_of(pack)});
  add_terms(set_.terms, pack.terms);
}

void FrameSetWriter::save(const Digest& inputs, const std::string& progress) {
  lock();
  const std::filesystem::path folder = unfinished_folder(set_.folder, inputs);
  Json full = Json::array();
  for (const FrameSetEntry& entry : set_.packs) {
    full.push_back(entry.sha256.hex());
  }
  Json open = Json::array();
  std::set<std::string> named;
  for (const auto& [part, pack] : open_) {
    if (pack.frame_count() > 0) {
      const Digest digest = write_frame_pack(folder, pack);
      open.push_back(digest.hex());
      named.insert(frame_pack_name(digest));
    }
  }
  write_file_atomically(folder / kStateName,
                        state_text({{"full", full}, {"open", open}, {"progress", progress}}));
  remove_unnamed_packs(folder, named);  // those of the save before
}

std::optional<std::string> FrameSetWriter::go_on(
    const Digest& inputs, const std::function<void(const std::string&)>& check) {
  CHANGELING_REQUIRE(set_.packs.empty() && open_.empty(), "a writer goes on before it is added to");
  if (unfinished_folders(set_.folder).empty()) {
    return std::nullopt;
  }
  lock();
  try {
    return read_saved(inputs, check);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInput) {
      throw;
    }
    log_warn("frame_set_begins_anew", {{"folder", set_.folder.string()}, {"reason", error.what()}});
    set_.packs.clear();
    set_.terms.clear();
    open_.clear();
    return std::nullopt;
  }
}

std::string FrameSetWriter::read_saved(const Digest& inputs,
                                       const std::function<void(const std::string&)>& check) {
  const std::filesystem::path folder = unfinished_folder(set_.folder, inputs);
  if (!std::filesystem::exists(folder)) {
    fail(set_.folder.string(), "what is unfinished there was begun with other inputs or settings");
  }
  const Json state = read_state(folder / kStateName);
  const ObjectReader reader(state, folder.string(), {"full", "open", "progress"});
  std::string progress = reader.text("progress");
  if (check) {
    check(progress);
  }
  for (const Json& hex : reader.list("full")) {
    const Digest digest = Digest::from_hex(hex.get<std::string>());
    list(read_named_pack(set_.folder, frame_pack_name(digest), digest), digest);
  }
  for (const Json& hex : reader.list("open")) {
    const Digest digest = Digest::from_hex(hex.get<std::string>());
    FramePack pack = read_named_pack(folder, frame_pack_name(digest), digest);
    const std::string part = pack.part;
    open_[part] = std::move(pack);
  }
  return progress;
}

FrameSet FrameSetWriter::finish(std::string split) {
  set_.split = std::move(split);
  for (auto& [part, pack] : open_) {
    if (pack.frame_count() > 0) {
      flush(pack);
    }
  }
  if (set_.packs.empty()) {
    fail(set_.folder.string(), "no frame to write");
  }
  check_disjoint(set_, set_.folder.string());
  const std::string text = index_text(set_);
  write_file_atomically(set_.folder / kIndexName, text);
  set_.sha256 = sha256(text);
  std::set<std::string> named;
  for (const FrameSetEntry& entry : set_.packs) {
    named.insert(entry.file);
  }
  remove_unnamed_packs(set_.folder, named);
  for (const std::filesystem::path& folder : unfinished_folders(set_.folder)) {
    discard(folder);
  }
  return set_;
}

}  // namespace changeling
