#include "evidence/attestation.hpp"

#include <fmt/format.h>

#include <set>

#include "evidence/attachment.hpp"
#include "evidence/bundle.hpp"
#include "evidence/dsse.hpp"

namespace whittle::evidence {
namespace {

Envelope envelope_of(const Attached& one, const std::string& bytes, bool& has_log_entries) {
  if (one.form == Form::tag) return parse_envelope(bytes, "the attestation");
  auto bundle = parse_bundle(bytes, "the bundle");
  has_log_entries = bundle.has_log_entries;
  return std::move(bundle.envelope);
}

// Whether a layer says itself that it holds a statement of another type: then it is not read.
bool says_other(const Attached& one, const std::string& predicate_type) {
  const auto said = one.blob.annotations.find(std::string(predicate_annotation));
  return one.form == Form::tag && !predicate_type.empty() && said != one.blob.annotations.end() &&
         said->second != predicate_type;
}

void attach_plain(const EvidenceTarget& target, const layers::Descriptor& subject,
                  const std::string& statement, const std::string& predicate_type) {
  const auto attachment = attachment_of(statement, predicate_type, subject);
  if (target.destination.listed({attachment.manifest}).empty()) attach(attachment, target.destination);
}

void attach_signed(const EvidenceTarget& target, const layers::Descriptor& subject,
                   const std::string& statement, const std::string& predicate_type, Signer& signer,
                   Form form) {
  const auto envelope = sign_envelope(in_toto_type, statement, signer);
  if (form == Form::bundle)
    return put_bundle(target, subject, write_bundle(envelope, signer.public_key()), predicate_type);
  append_to_tag(
      target, attached_tag(subject.digest, attestation_suffix), std::string(envelope_type),
      canonical(to_json(envelope)),
      {{std::string(signature_annotation), ""}, {std::string(predicate_annotation), predicate_type}});
}

// The forms in which this very statement is there, signed by this key.
std::set<Form> forms_there(const EvidenceTarget& target, const Digest& subject, const std::string& statement,
                           const std::string& predicate_type, const PublicKey& key) {
  std::vector<bool> same;
  const auto there = verify_attestations(
      target.source, subject, key, predicate_type, target.stop,
      [&](const StatementClaim&, const std::string& one) { same.push_back(one == statement); });
  std::set<Form> forms;
  std::size_t good = 0;
  for (const auto& one : there.checked)
    if (one.good() && same.at(good++)) forms.insert(one.form);
  return forms;
}

}  // namespace

void attach_statement(const EvidenceTarget& target, const layers::Descriptor& subject,
                      const std::string& statement, const std::string& predicate_type, Signer* signer,
                      StorageForm wanted) {
  try {
    check_claim(read_claim(statement, "the statement"), subject.digest, predicate_type);
  } catch (const Error& error) {
    throw Error(ErrorKind::internal, error.message());
  }
  in_context(
      [&] {
        return fmt::format("attaching a statement to {} at {}", subject.digest.text(),
                           target.destination.describe());
      },
      [&] {
        if (signer == nullptr) return attach_plain(target, subject, statement, predicate_type);
        const auto there =
            forms_there(target, subject.digest, statement, predicate_type, signer->public_key());
        for (const Form form : forms_of(wanted))
          if (!there.contains(form)) attach_signed(target, subject, statement, predicate_type, *signer, form);
      });
}

Verification verify_attestations(registry::ImageSource& source, const Digest& digest, const PublicKey& key,
                                 const std::string& predicate_type, const std::stop_token& stop,
                                 const TakeStatement& take) {
  auto all = find_attached(source, {digest, attestation_suffix, predicate_type}, stop);
  std::erase_if(all, [&](const Attached& one) { return says_other(one, predicate_type); });
  return verify_each("attestation", digest, all, [&](const Attached& one, Checked& checked) {
    const auto envelope = envelope_of(one, read_attached(source, one), checked.has_log_entries);
    verify_envelope(envelope, in_toto_type, key);
    const auto claim = read_claim(envelope.payload, "the signed statement");
    check_claim(claim, digest, predicate_type);
    if (predicate_type.empty() && claim.predicate_type == sign_predicate)
      throw Error(ErrorKind::unverified, "it is a signature, and attests nothing");
    if (take) take(claim, envelope.payload);
  });
}

}  // namespace whittle::evidence
