#include "common/front/verb_sample.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include "catalog/corpora/csv_reader.h"
#include "catalog/export/close_looks.h"
#include "catalog/export/same_people.h"
#include "catalog/splits/leak_check.h"
#include "catalog/splits/subject_split.h"
#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/database.h"
#include "catalog/store/pair_store.h"
#include "common/base/error.h"
#include "common/base/name.h"
#include "common/cli/table_printer.h"
#include "common/front/json_output.h"
#include "generator/batch/pair_sampler.h"

namespace changeling {
namespace {

using nlohmann::json;

Database open_catalog(const Command& command) {
  const std::filesystem::path file = command.config.get_path("catalog");
  return command.dry_run ? Database::open_reader(file) : Database::open_writer(file);
}

std::uint64_t seed_of(const Config& config) {
  return static_cast<std::uint64_t>(config.get_int("seed"));
}

/// nullopt = the usual one: what was frozen before this setting stays what it is.
std::optional<double> min_identity_cosine(const Config& config) {
  const double cosine = config.get_double("sample.min_identity_cosine");
  return cosine == kSamePersonCosine ? std::nullopt : std::make_optional(cosine);
}

/// Ids that stand for one person, as far as their footage was analysed.
std::vector<SamePeople> same_people(const Command& command, const CorpusStore& corpora,
                                    const std::set<SubjectId>& people) {
  const double min_cosine = command.config.get_double("sample.min_identity_cosine");
  const std::filesystem::path objects = objects_folder(command.config.get_path("catalog"));
  if (min_cosine > 1 || !std::filesystem::exists(objects)) {
    return {};  // without the folder nothing was analysed
  }
  const BlobStore blobs(objects);
  set_close_look_threads(static_cast<int>(command.config.get_int("threads")));
  return find_same_people(load_all_looks(corpora, blobs, people), min_cosine);
}

/// Reads the columns corpus, subject and part.
ListedParts read_parts(const std::filesystem::path& file) {
  CsvReader reader(file);
  reader.require_columns({"corpus", "subject", "part"});
  ListedParts parts;
  while (const std::optional<CsvRow> row = reader.next()) {
    const std::string place = "'" + file.string() + "' line " + std::to_string(row->line);
    if (!reader.fits(*row)) {
      throw Error(ErrorKind::kInput, place + ": another number of fields than the header");
    }
    const std::string& part = row->fields[*reader.find_column("part")];
    if (part != "train" && part != "val" && part != "test") {
      throw Error(ErrorKind::kInput, place + ": the part is not train, val or test");
    }
    const std::pair<std::string, std::string> person = {
        row->fields[*reader.find_column("corpus")], row->fields[*reader.find_column("subject")]};
    if (!parts.emplace(person, part).second) {
      throw Error(ErrorKind::kInput, place + ": '" + person.second + "' stands twice");
    }
  }
  return parts;
}

SplitMode split_mode(const Config& config) {
  const std::string mode = config.get_string("sample.split.mode");
  if ((mode == "list") != config.is_set("sample.split.list")) {
    throw Error(ErrorKind::kConfig, "--mode list needs --list FILE, and no other mode takes it");
  }
  return mode == "list" ? SplitMode::kList
                        : (mode == "exact" ? SplitMode::kExact : SplitMode::kThreshold);
}

SplitSpec split_spec(const Command& command) {
  const Config& config = command.config;
  SplitSpec spec;
  spec.name = command.positionals.front();
  spec.seed = seed_of(config);
  spec.mode = split_mode(config);
  if (spec.mode == SplitMode::kList) {
    spec.listed = read_parts(config.get_path("sample.split.list"));
  }
  spec.train = config.get_double("sample.split.train");
  spec.val = config.get_double("sample.split.val");
  spec.test = config.get_double("sample.split.test");
  spec.corpora = config.get_list("sample.split.corpora");
  spec.min_identity_cosine = min_identity_cosine(config);
  return spec;
}

/// Who stands in a split, and who has come since.
struct SplitView {
  std::string name;
  bool existed = false;
  std::vector<SplitSubjectRow> rows;
  std::size_t n_newer = 0;
  std::vector<SamePeople> same;  ///< of a new one: who were linked by their looks
};

json same_people_json(const std::vector<SamePeople>& all) {
  json list = json::array();
  for (const SamePeople& same : all) {
    list.push_back({same.first.value, same.second.value, same.cosine});
  }
  return list;
}

std::map<std::string, std::int64_t> people_per_part(const std::vector<SplitSubjectRow>& rows) {
  std::map<std::string, std::int64_t> counts = {{"train", 0}, {"val", 0}, {"test", 0}};
  for (const SplitSubjectRow& row : rows) {
    ++counts[row.part];
  }
  return counts;
}

/// Where chance gave a part less than half of what was wanted of it, as it does with few people.
void print_short_parts(const SplitView& view, const SplitSpec& spec) {
  const std::map<std::string, std::int64_t> counts = people_per_part(view.rows);
  const std::map<std::string, double> shares = {
      {"train", spec.train}, {"val", spec.val}, {"test", spec.test}};
  std::string parts;
  for (const auto& [part, share] : shares) {
    const double wanted = share * static_cast<double>(view.rows.size());
    if (2 * static_cast<double>(counts.at(part)) < wanted) {
      parts += (parts.empty() ? "" : ", ") + part;
    }
  }
  if (!parts.empty()) {
    std::cout << "few people by chance in " << parts
              << ": another split with --mode exact keeps the shares\n";
  }
}

void print_split(const Command& command, const SplitView& view) {
  std::set<std::int64_t> groups;
  for (const SplitSubjectRow& row : view.rows) {
    groups.insert(row.leak_group);
  }
  const std::map<std::string, std::int64_t> counts = people_per_part(view.rows);
  if (command.json) {
    print_json({{"split", view.name},
                {"existed", view.existed},
                {"dry_run", command.dry_run},
                {"subjects", counts},
                {"leak_groups", groups.size()},
                {"same_people", same_people_json(view.same)},
                {"newer_subjects", view.n_newer}});
  } else if (!command.quiet) {
    std::cout << "split '" << view.name << "' "
              << (view.existed ? "is frozen already" : (command.dry_run ? "would be" : "frozen"))
              << ": " << counts.at("train") << " train, " << counts.at("val") << " val, "
              << counts.at("test") << " test subjects in " << groups.size() << " leak groups\n";
    if (!view.same.empty()) {
      std::set<SubjectId> alike;
      for (const SamePeople& two : view.same) {
        alike.insert({two.first, two.second});
      }
      std::cout << alike.size() << " subjects look like another one, one person under two ids, and "
                << "move together with them\n";
    }
    if (view.n_newer > 0) {
      std::cout << view.n_newer
                << " subjects were registered later and are in no part: a new split "
                << "would place them\n";
    }
  }
}

/// A frozen split of this name must have been made with the same settings.
SplitView existing_split(const PairStore& pairs, const SplitRow& row, const SplitSpec& spec,
                         const SplitInput& input) {
  if (row.algorithm != spec.algorithm() || row.seed != spec.seed) {
    throw Error(ErrorKind::kConfig, "split '" + spec.name + "' is frozen with '" + row.algorithm +
                                        "', seed " + std::to_string(row.seed) +
                                        ", which is not what is asked for now: choose a new name");
  }
  SplitView view{spec.name, true, pairs.split_subjects(row.id), 0, {}};
  std::set<SubjectId> placed;
  for (const SplitSubjectRow& subject : view.rows) {
    placed.insert(subject.subject_id);
  }
  view.n_newer = static_cast<std::size_t>(
      std::count_if(input.subjects.begin(), input.subjects.end(),
                    [&placed](const auto& subject) { return placed.count(subject.id) == 0; }));
  return view;
}

ExitCode run_split(const Command& command) {
  Database database = open_catalog(command);
  const CorpusStore corpora(database);
  PairStore pairs(database);
  const SplitSpec spec = split_spec(command);
  SplitInput input = load_split_input(corpora, spec.corpora);
  if (const std::optional<SplitRow> row = pairs.find_split(spec.name)) {
    print_split(command, existing_split(pairs, *row, spec, input));
    return ExitCode::kOk;
  }
  check_name("split", spec.name);
  if (input.subjects.empty()) {
    throw Error(ErrorKind::kConfig,
                "nobody to split: the catalog names no person (run 'changeling corpus add')");
  }
  std::set<SubjectId> people;
  for (const SplitCandidate& subject : input.subjects) {
    people.insert(subject.id);
  }
  const std::vector<SamePeople> same = same_people(command, corpora, people);
  for (const SamePeople& two : same) {
    input.linked.push_back({two.first, two.second});
  }
  SplitView view{spec.name, false, assign_parts(input, spec), 0, same};
  if (!command.dry_run) {
    pairs.add_split({{}, spec.name, spec.algorithm(), spec.seed, {}}, view.rows);
  }
  print_split(command, view);
  if (spec.mode == SplitMode::kThreshold && !command.json && !command.quiet) {
    print_short_parts(view, spec);
  }
  return ExitCode::kOk;
}

std::vector<double> parse_shares(const std::vector<std::string>& texts) {
  std::vector<double> shares;
  for (const std::string& text : texts) {
    double share = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), share);
    if (error != std::errc() || end != text.data() + text.size()) {
      throw Error(ErrorKind::kConfig, "sample.pairs.yaw_shares: '" + text + "' is no number");
    }
    shares.push_back(share);
  }
  return shares;
}

PairSpec pair_spec(const Config& config) {
  const auto integer = [&config](const char* key) {
    return static_cast<int>(config.get_int(std::string("sample.pairs.") + key));
  };
  PairSpec spec;
  spec.seed = seed_of(config);
  spec.parts = config.get_list("sample.pairs.parts");
  spec.pairs_per_part = config.get_int("sample.pairs.count");
  spec.self_share = config.get_double("sample.pairs.self_share");
  spec.plausible_share = config.get_double("sample.pairs.plausible_share");
  spec.max_per_source_subject = integer("max_per_source_subject");
  spec.max_per_target_subject = integer("max_per_target_subject");
  spec.max_per_medium = integer("max_per_medium");
  spec.max_per_subject_pair = integer("max_per_subject_pair");
  spec.allow_reverse = config.get_bool("sample.pairs.allow_reverse");
  spec.max_attempts = integer("max_attempts");
  spec.min_face_px = config.get_double("sample.pairs.min_face_px");
  spec.min_frames = config.get_int("sample.pairs.min_frames");
  spec.max_pose_gap_deg = config.get_double("sample.pairs.max_pose_gap_deg");
  spec.min_sharpness_percentile = config.get_double("sample.pairs.min_sharpness_percentile");
  spec.yaw_shares = parse_shares(config.get_list("sample.pairs.yaw_shares"));
  spec.occluded_share = config.get_double("sample.pairs.occluded_share");
  spec.consent_bases = config.get_list("sample.pairs.consent_bases");
  spec.forbidden_licences = config.get_list("sample.pairs.forbidden_licences");
  spec.redistributable_only = config.get_bool("sample.pairs.redistributable_only");
  spec.min_identity_cosine = min_identity_cosine(config);
  return spec;
}

/// Parts of the split that have people, in the order asked for.
std::vector<std::string> inhabited_parts(const std::vector<SplitSubjectRow>& subjects,
                                         const PairSpec& spec) {
  const std::map<std::string, std::int64_t> counts = people_per_part(subjects);
  std::vector<std::string> parts;
  for (const std::string& part : spec.parts) {
    const auto found = counts.find(part);
    if (found != counts.end() && found->second > 0) {
      parts.push_back(part);
    }
  }
  return parts;
}

/// A list, drawn now or before.
struct ListView {
  PairListRow row;
  bool existed = false;
  PairDraw draw;
  std::map<std::string, std::int64_t> refusals, left_out;  ///< by reason, by kind
  std::size_t n_doubles_apart = 0;  ///< people who look like somebody of another part
};

json list_json(const Command& command, const ListView& view) {
  json quotas = json::array();
  for (const QuotaResult& quota : view.draw.quotas) {
    quotas.push_back({{"part", quota.part},
                      {"quota", quota.quota},
                      {"wanted", quota.wanted},
                      {"drawn", quota.drawn},
                      {"missed", quota.is_missed()}});
  }
  std::map<std::string, std::int64_t> per_part;
  for (const PairRow& pair : view.draw.pairs) {
    ++per_part[pair.part];
  }
  json document = {{"list", view.row.name},      {"existed", view.existed},
                   {"dry_run", command.dry_run}, {"pairs", view.draw.pairs.size()},
                   {"pairs_per_part", per_part}, {"quotas", quotas},
                   {"refusals", view.refusals},  {"doubles_apart", view.n_doubles_apart},
                   {"left_out", view.left_out}};
  if (view.row.list_sha256) {
    document["list_sha256"] = view.row.list_sha256->hex();
  }
  return document;
}

void print_explanation(const ListView& view) {
  std::vector<std::vector<std::string>> rows;
  for (const QuotaResult& quota : view.draw.quotas) {
    rows.push_back({quota.part, quota.quota, std::to_string(quota.wanted),
                    std::to_string(quota.drawn), quota.is_missed() ? "missed" : "met"});
  }
  if (!rows.empty()) {
    print_table(std::cout, {"PART", "QUOTA", "WANTED", "DRAWN", ""}, rows);
  }
  rows.clear();
  for (const auto& [reason, count] : view.refusals) {
    rows.push_back({reason, std::to_string(count)});
  }
  for (const auto& [kind, count] : view.left_out) {
    rows.push_back({"not a real video: " + kind, std::to_string(count)});
  }
  if (!rows.empty()) {
    print_table(std::cout, {"REFUSED", "COUNT"}, rows);
  }
}

void print_list(const Command& command, const ListView& view) {
  if (command.json) {
    print_json(list_json(command, view));
    return;
  }
  if (!command.quiet) {
    std::cout << "pair list '" << view.row.name << "' "
              << (view.existed ? "is frozen already"
                               : (view.row.list_sha256 ? "frozen" : "not stored"))
              << ": " << view.draw.pairs.size() << " pairs"
              << (view.row.list_sha256 ? ", digest " + view.row.list_sha256->hex().substr(0, 16)
                                       : "")
              << "\n";
    if (view.n_doubles_apart > 0) {
      std::cout << view.n_doubles_apart
                << " subjects look like somebody of another part and are not drawn: a new split "
                   "would place them together\n";
    }
  }
  if (command.config.get_bool("sample.pairs.explain")) {
    print_explanation(view);
  }
}

/// What to do about a quota that nobody can fill; empty = nothing known.
std::string remedy_of(const ListView& view) {
  const bool lacks_plausible = std::any_of(
      view.draw.quotas.begin(), view.draw.quotas.end(),
      [](const QuotaResult& quota) { return quota.quota == "plausible" && quota.is_missed(); });
  if (!lacks_plausible || view.refusals.count("attr_unknown") == 0) {
    return "";
  }
  return "; people of unknown gender or skin tone make no plausible pair: draw another list with "
         "--set sample.pairs.plausible_share=0";
}

/// What a list lacks, as a line; empty = nothing.
std::string shortage_of(const ListView& view) {
  if (view.draw.pairs.empty()) {
    return "no pair fits, no list was stored";
  }
  std::string missed;
  for (const QuotaResult& quota : view.draw.quotas) {
    if (quota.is_missed()) {
      missed += (missed.empty() ? "missed: " : ", ") + quota.part + " " + quota.quota + " (" +
                std::to_string(quota.drawn) + " of " + std::to_string(quota.wanted) + ")";
    }
  }
  return missed;
}

ExitCode report_shortage(const ListView& view) {
  const std::string shortage = shortage_of(view);
  if (shortage.empty()) {
    return ExitCode::kOk;
  }
  std::cerr << "pair list '" << view.row.name << "': " << shortage << "; --explain shows why"
            << remedy_of(view) << "\n";
  return ExitCode::kSomeItemsFailed;
}

ListView existing_list(const PairStore& pairs, const PairListRow& row, const SplitRow& split,
                       const PairSpec& spec) {
  if (row.split_id != split.id || row.sampler != kPairSampler || row.seed != spec.seed ||
      row.spec_json != spec.to_json()) {
    throw Error(ErrorKind::kConfig,
                "pair list '" + row.name +
                    "' is frozen with another split, seed, sampler or other sample.pairs settings: "
                    "choose a new name");
  }
  ListView view{row, true, {}, {}, {}, 0};
  view.draw.pairs = pairs.pairs(row.id);
  view.refusals = pairs.refusal_counts(row.id);
  view.draw.quotas =
      stratum_quotas(view.draw.pairs, inhabited_parts(pairs.split_subjects(split.id), spec), spec);
  return view;
}

/// A list with a leak is a bug: it is never stored.
void require_no_leak(const LeakInput& input) {
  const std::vector<LeakFinding> leaks = find_leaks(input);
  if (!leaks.empty()) {
    throw Error(ErrorKind::kInternal, "the drawn pairs leak between parts (" + leaks.front().check +
                                          ": " + leaks.front().offender + "), nothing was stored");
  }
}

std::vector<Double> doubles_of(const Command& command, const CorpusStore& corpora,
                               const std::vector<SplitSubjectRow>& split) {
  std::set<SubjectId> people;
  for (const SplitSubjectRow& row : split) {
    people.insert(row.subject_id);
  }
  std::vector<Double> doubles;
  for (const SamePeople& same : same_people(command, corpora, people)) {
    doubles.emplace_back(same.first, same.second);
  }
  return doubles;
}

ListView draw_list(const Command& command, const CorpusStore& corpora, PairStore& pairs,
                   const SplitRow& split, const PairSpec& spec) {
  const std::vector<SplitSubjectRow> people = pairs.split_subjects(split.id);
  const SamplerInput input = load_sampler_input(corpora, pairs, split.id, spec.min_frames <= 1,
                                                doubles_of(command, corpora, people));
  ListView view;
  view.draw = draw_pairs(input, spec);
  view.refusals = count_refusals(view.draw.refusals);
  view.left_out = input.left_out;
  view.n_doubles_apart = input.doubles_apart.size();
  view.row.name = command.positionals.front();
  view.row.split_id = split.id;
  view.row.sampler = kPairSampler;
  view.row.seed = spec.seed;
  view.row.spec_json = spec.to_json();
  require_no_leak(load_leak_input(corpora, people, leak_uses(view.draw.pairs)));
  if (!command.dry_run && !view.draw.pairs.empty()) {  // an empty list would only occupy its name
    pairs.add_pair_list(view.row, view.draw.pairs, view.draw.refusals);
    view.row = *pairs.find_pair_list(view.row.name);
  }
  return view;
}

ExitCode run_pairs(const Command& command) {
  Database database = open_catalog(command);
  const CorpusStore corpora(database);
  PairStore pairs(database);
  const std::string split_name = command.config.get_string("sample.pairs.split");
  const std::optional<SplitRow> split = pairs.find_split(split_name);
  if (!split) {
    throw Error(ErrorKind::kConfig, "no split '" + split_name +
                                        "' (make it with 'changeling sample "
                                        "split " +
                                        split_name + "')");
  }
  const PairSpec spec = pair_spec(command.config);
  const std::optional<PairListRow> row = pairs.find_pair_list(command.positionals.front());
  if (!row) {
    check_name("pair list", command.positionals.front());
  }
  const ListView view = row ? existing_list(pairs, *row, *split, spec)
                            : draw_list(command, corpora, pairs, *split, spec);
  print_list(command, view);
  return report_shortage(view);
}

}  // namespace

std::vector<VerbEntry> sample_functions() {
  return {{{"sample", "split"}, run_split}, {{"sample", "pairs"}, run_pairs}};
}

}  // namespace changeling
