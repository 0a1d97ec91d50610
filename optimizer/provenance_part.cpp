#include "optimizer/provenance_part.hpp"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "common/error.hpp"
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
  auto record = evidence::record_of(statement, "the provenance");
  if (record.root.digest != root.digest)
    throw Error(ErrorKind::unverified, "the provenance is about another image first");
  auto detail = fmt::format("{}, {} files of {}, Go {}, by whittle {}", is_signed ? "signed" : "not signed",
                            record.sources.files.size(),
                            record.sources.revision ? "commit " + *record.sources.revision : "no commit",
                            record.go_version, record.builder_version);
  return FoundRecord{std::move(record), is_signed, std::move(detail)};
}

}  // namespace whittle::optimizer
