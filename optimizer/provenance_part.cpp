#include "optimizer/provenance_part.hpp"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "common/error.hpp"
#include "common/text.hpp"
#include "evidence/attachment.hpp"
#include "evidence/attestation.hpp"
#include "evidence/provenance.hpp"

namespace whittle::optimizer {
namespace {

using evidence::Statement;

std::vector<Statement> signed_ones(registry::ImageSource& source, const Digest& digest,
                                   const evidence::PublicKey& key, const std::stop_token& stop) {
  std::vector<Statement> statements;
  evidence::verify_attestations(
      source, digest, key, std::string(evidence::provenance_type), stop,
      [&](const evidence::StatementClaim&, const std::string& text) {
        statements.push_back(evidence::parse_statement(text, "the signed provenance"));
      });
  return statements;
}

std::vector<Statement> unsigned_ones(registry::ImageSource& source, const Digest& digest) {
  std::vector<Statement> statements;
  for (auto& statement : evidence::attached_statements(source, digest))
    if (statement.predicate_type == evidence::provenance_type) statements.push_back(std::move(statement));
  return statements;
}

template <class Record>
Record of_root(Record record, const layers::Document& root) {
  if (record.root.digest != root.digest)
    throw Error(ErrorKind::unverified, "the provenance is about another image first");
  return record;
}

std::string text_of(const evidence::SlimRecord& record) {
  std::string text = "made smaller from ";
  if (!record.name.empty()) text += escaped(record.name, false, 1000) + " at ";
  text += record.from.digest.text();
  for (const auto& [name, values] : record.options)
    for (const auto& value : values) {
      text += fmt::format(" --{}", name);
      if (value != "true") text += fmt::format("={}", escaped(value, false, 200));
    }
  return text;
}

}  // namespace

std::optional<FoundRecord> find_record(registry::ImageSource& source, const layers::Document& root,
                                       const evidence::PublicKey* key, const std::stop_token& stop) {
  auto statements = key != nullptr ? signed_ones(source, root.digest, *key, stop) : std::vector<Statement>();
  const bool is_signed = !statements.empty();
  if (!is_signed) statements = unsigned_ones(source, root.digest);
  std::set<std::string> texts;
  for (const auto& statement : statements) texts.insert(evidence::write_statement(statement));
  if (texts.empty()) return std::nullopt;
  if (texts.size() > 1)
    throw Error(ErrorKind::unverified,
                fmt::format("the image has {} provenances that say different things", texts.size()))
        .hint(key != nullptr ? "see which of them is signed by whom, with cosign"
                             : "give --key, so that only what it signed counts");
  const auto& statement = statements.front();
  if (!statement.is_about(root.digest))
    throw Error(ErrorKind::unverified, "the provenance is about another image");
  const auto* trust = is_signed ? "signed" : "not signed";
  if (evidence::is_slim_provenance(statement)) {
    auto record = of_root(evidence::slim_record_of(statement, "the provenance"), root);
    auto detail = fmt::format("{}, {}, by whittle {}", trust, text_of(record),
                              escaped(record.builder_version, false, 100));
    return FoundRecord{std::move(record), is_signed, std::move(detail)};
  }
  auto record = of_root(evidence::record_of(statement, "the provenance"), root);
  auto detail = fmt::format("{}, {} files of {}, Go {}, by whittle {}", trust, record.sources.files.size(),
                            record.sources.revision ? "commit " + *record.sources.revision : "no commit",
                            record.go_version, record.builder_version);
  return FoundRecord{std::move(record), is_signed, std::move(detail)};
}

}  // namespace whittle::optimizer
