// What a run was made from: corpora with their terms, networks with theirs.
#include <map>
#include <set>
#include <tuple>

#include "reports/model/report_parts.h"

namespace changeling {
namespace {

/// One set of terms: corpus, licence, consent, whether it may be handed on.
using Terms = std::tuple<std::string, std::string, std::string, bool>;

Terms terms_of(const RunData& data, const MediaRow& media) {
  const CorpusRow& corpus = data.corpora.at(media.corpus_id);
  return {corpus.name + "@" + corpus.version, media.licence.value_or(corpus.licence),
          media.consent_basis.value_or(corpus.consent_basis),
          corpus.redistributable && media.redistributable.value_or(true)};
}

struct Users {
  std::set<MediaId> media;
  std::set<SubjectId> people;
};

void add_models(const std::vector<ModelRow>& models, const std::string& user,
                std::map<std::string, ReportNetwork>& found) {
  for (const ModelRow& model : models) {
    const std::string digest = model.sha256.hex();
    const auto [entry, is_new] = found.emplace(model.role + digest, ReportNetwork());
    ReportNetwork& network = entry->second;
    if (!is_new) {
      network.used_by += ", " + user;
      if (network.trained_on.empty()) {
        network.trained_on = model.trained_on.value_or("");
      }
      continue;
    }
    network = {user,
               model.role,
               model.name,
               model.version,
               digest,
               model.licence.value_or("unknown"),
               model.trained_on.value_or("")};
  }
}

}  // namespace

std::vector<ReportLicence> make_licences(const RunData& data) {
  std::map<Terms, Users> groups;
  for (const JobData& job : data.jobs) {
    const auto add = [&](MediaId media, SubjectId subject) {
      Users& users = groups[terms_of(data, data.media.at(media))];
      users.media.insert(media);
      users.people.insert(subject);
    };
    add(job.pair.source_media, job.pair.source_subject);
    add(job.pair.target_media, job.pair.target_subject);
  }
  std::vector<ReportLicence> licences;
  for (const auto& [terms, users] : groups) {
    const auto& [corpus, licence, consent, redistributable] = terms;
    licences.push_back(
        {corpus, licence, consent, redistributable, static_cast<std::int64_t>(users.media.size()),
         static_cast<std::int64_t>(users.people.size()),
         redistributable ? "These clips permit it under the terms of this licence."
                         : "Results stay inside: no public export, no publication of frames."});
  }
  return licences;
}

std::vector<ReportNetwork> make_networks(const RunData& data) {
  std::map<std::string, ReportNetwork> found;
  add_models(data.generate_models, "generate", found);
  add_models(data.evaluate_models, "evaluate", found);
  std::vector<ReportNetwork> networks;
  for (const auto& entry : found) {
    networks.push_back(entry.second);
  }
  return networks;
}

}  // namespace changeling
