// WebDataset: POSIX tars whose adjacent members with one basename (up to the first dot) are a
// sample.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>

#include <archive.h>
#include <archive_entry.h>
#include <nlohmann/json.hpp>

#include "catalog/export/export_format.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/media/own_label.h"

namespace changeling {
namespace {

using nlohmann::json;

constexpr const char* kFolder = "webdataset";
constexpr std::size_t kReadBytes = 1 << 16;

struct FreeWriter {
  void operator()(archive* tar) const { archive_write_free(tar); }
};

struct FreeReader {
  void operator()(archive* tar) const { archive_read_free(tar); }
};

struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

using UniqueWriter = std::unique_ptr<archive, FreeWriter>;
using UniqueReader = std::unique_ptr<archive, FreeReader>;
using UniqueEntry = std::unique_ptr<archive_entry, FreeEntry>;

/// One shard. Nothing in it depends on clock, user or machine.
class TarWriter {
 public:
  TarWriter(ExportFolder& out, const std::string& rel_path)
      : out_(out),
        file_(out.open(rel_path)),
        tar_(archive_write_new()),
        entry_(archive_entry_new()) {
    check(archive_write_set_format_ustar(tar_.get()));
    check(archive_write_set_bytes_per_block(tar_.get(), 0));  // each piece as it comes
    check(archive_write_open(tar_.get(), this, nullptr, &TarWriter::append, nullptr));
  }

  void add(const std::string& name, std::string_view bytes) {
    begin(name, static_cast<std::int64_t>(bytes.size()));
    put(bytes);
  }

  void add(const std::string& name, const ItemFile& file) {
    begin(name, file.bytes);
    out_.read(file, [this](std::string_view bytes) { put(bytes); });
  }

  WrittenFile close() {
    check(archive_write_close(tar_.get()));
    return file_.close();
  }

 private:
  static la_ssize_t append(archive* tar, void* self, const void* bytes, std::size_t size) {
    auto* writer = static_cast<TarWriter*>(self);
    try {
      writer->file_.write({static_cast<const char*>(bytes), size});
      return static_cast<la_ssize_t>(size);
    } catch (const Error& error) {
      archive_set_error(tar, ARCHIVE_FATAL, "%s", error.what());
      return -1;
    }
  }

  void begin(const std::string& name, std::int64_t bytes) {
    archive_entry_clear(entry_.get());
    archive_entry_set_pathname(entry_.get(), name.c_str());
    archive_entry_set_size(entry_.get(), bytes);
    archive_entry_set_filetype(entry_.get(), AE_IFREG);
    archive_entry_set_perm(entry_.get(), 0644);
    archive_entry_set_mtime(entry_.get(), 0, 0);
    check(archive_write_header(tar_.get(), entry_.get()));
  }

  void put(std::string_view bytes) {
    if (archive_write_data(tar_.get(), bytes.data(), bytes.size()) !=
        static_cast<la_ssize_t>(bytes.size())) {
      check(ARCHIVE_FATAL);
    }
  }

  void check(int code) const {
    if (code != ARCHIVE_OK) {
      const char* text = archive_error_string(tar_.get());
      throw Error(ErrorKind::kResource,
                  std::string("cannot write a shard: ") + (text != nullptr ? text : "libarchive"));
    }
  }

  ExportFolder& out_;
  ExportFile file_;
  UniqueWriter tar_;
  UniqueEntry entry_;
};

std::string shard_name(const ExportSet& set, const std::string& part, std::size_t index) {
  char number[16];
  std::snprintf(number, sizeof number, "%06zu", index);
  return set.spec().name + "-" + part + "-" + number + ".tar";
}

/// Groups go into shards in seeded order until a shard is full; inside, samples are sorted.
std::vector<ItemGroup> plan_shards(const ExportSet& set, const std::string& part) {
  std::vector<ItemGroup> shards;
  std::int64_t bytes = 0;
  for (const ItemGroup& group : set.groups(part)) {
    if (shards.empty() || bytes >= set.spec().shard_bytes) {
      shards.emplace_back();
      bytes = 0;
    }
    for (const SetEntry& entry : group) {
      bytes += entry.bytes;
      shards.back().push_back(entry);
    }
  }
  for (ItemGroup& shard : shards) {
    std::sort(shard.begin(), shard.end(),
              [](const SetEntry& a, const SetEntry& b) { return a.key < b.key; });
  }
  return shards;
}

void add_sample(TarWriter& tar, const ExportItem& item) {
  tar.add(item.key + ".json", item_json(item));
  tar.add(item.file_name(), item.video);
  for (const auto& [layer, mask] : item.masks) {
    const std::string name = layer == "changed" ? "mask" : layer;
    tar.add(item.key + "." + name + ".mkv", mask);
  }
}

/// Reads one shard member by member.
class TarReader {
 public:
  explicit TarReader(const std::filesystem::path& path) : path_(path), tar_(archive_read_new()) {
    archive_read_support_format_tar(tar_.get());
    if (archive_read_open_filename(tar_.get(), path.c_str(), kReadBytes) != ARCHIVE_OK) {
      fail();
    }
  }

  /// Name of the next member; empty at the end.
  std::string next() {
    archive_entry* entry = nullptr;
    const int code = archive_read_next_header(tar_.get(), &entry);
    if (code == ARCHIVE_EOF) {
      return {};
    }
    if (code != ARCHIVE_OK) {
      fail();
    }
    return archive_entry_pathname(entry);
  }

  /// Digest of the current member, whose bytes go to `sink`, which may be empty.
  Digest read(const std::function<void(std::string_view)>& sink = {}) {
    Sha256 hash;
    std::string buffer(kReadBytes, '\0');
    la_ssize_t size = 0;
    while ((size = archive_read_data(tar_.get(), buffer.data(), buffer.size())) > 0) {
      const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
      hash.update(bytes);
      if (sink) {
        sink(bytes);
      }
    }
    if (size < 0) {
      fail();
    }
    return hash.finish();
  }

 private:
  [[noreturn]] void fail() const {
    const char* text = archive_error_string(tar_.get());
    throw Error(ErrorKind::kInput,
                "cannot read '" + path_.string() + "': " + (text != nullptr ? text : "libarchive"));
  }

  std::filesystem::path path_;
  UniqueReader tar_;
};

void check_member(TarReader& tar, const std::string& key, const std::string& suffix,
                  const std::string& part, FoundItems& found) {
  if (suffix == "json") {
    std::string text;
    tar.read([&text](std::string_view bytes) { text += bytes; });
    const json value = json::parse(text);
    if (value.at("key") != key || value.at("part") != part) {
      found.fault("the description of item " + key + " names another item or part");
    }
    found.add(key, label_number(value.at("label").get<std::string>()), part);
  } else if (suffix.find('.') == std::string::npos) {  // masks are named <layer>.mkv
    LabelFinder label;
    found.check_video(key, tar.read([&label](std::string_view bytes) { label.add(bytes); }));
    found.check_label(key, label.label());
  } else {
    const std::string stem = suffix.substr(0, suffix.find('.'));
    found.check_mask(key, stem == "mask" ? "changed" : stem, tar.read());
  }
}

}  // namespace

WrittenLayout write_webdataset(const ExportSet& set, ExportFolder& out) {
  WrittenLayout layout{{}, {"*.mp4"}, "video/mp4"};
  json index = json::array();
  for (const char* part : kParts) {
    std::size_t n = 0;
    for (const ItemGroup& shard : plan_shards(set, part)) {
      const std::string name = shard_name(set, part, n++);
      TarWriter tar(out, std::string(kFolder) + "/" + name);
      for (const SetEntry& entry : shard) {
        add_sample(tar, set.load(entry));
        set.tick();
      }
      const WrittenFile written = tar.close();
      index.push_back({{"tar", name},
                       {"part", part},
                       {"bytes", written.bytes},
                       {"sha256", written.sha256.hex()},
                       {"samples", shard.size()}});
      layout.archives.emplace_back(std::string(kFolder) + "/" + name, written);
    }
  }
  out.write(std::string(kFolder) + "/index.json", index.dump(1) + "\n");
  return layout;
}

std::vector<std::string> check_webdataset(const std::filesystem::path& folder,
                                          const KnownItems& items) {
  FoundItems found(kFolder, items);
  const json index = json::parse(read_file(folder / "index.json"));
  for (const json& shard : index) {
    const std::string part = shard.at("part").get<std::string>();
    TarReader tar(folder / shard.at("tar").get<std::string>());
    std::string last_key;
    std::size_t n = 0;
    for (std::string name = tar.next(); !name.empty(); name = tar.next()) {
      const std::size_t dot = name.find('.');
      const std::string key = name.substr(0, dot);
      n += key != last_key ? 1 : 0;
      last_key = key;
      check_member(tar, key, dot == std::string::npos ? "" : name.substr(dot + 1), part, found);
    }
    if (n != shard.at("samples").get<std::size_t>()) {
      found.fault("shard " + shard.at("tar").get<std::string>() + " has " + std::to_string(n) +
                  " samples, its index says " + shard.at("samples").dump());
    }
  }
  return found.finish();
}

}  // namespace changeling
