#include "evidence/signatures.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base64.hpp"
#include "evidence/base64_text.hpp"
#include "evidence/bundle.hpp"
#include "evidence/simple_signing.hpp"
#include "evidence/statement.hpp"
#include "evidence/statement_claim.hpp"

namespace whittle::evidence {
namespace {

void check_tagged(const Attached& one, std::string_view payload, const Digest& digest, const PublicKey& key) {
  const auto& annotations = one.blob.annotations;
  const auto text = annotations.find(std::string(signature_annotation));
  if (text == annotations.end()) throw Error(ErrorKind::unverified, "its layer carries no signature");
  const auto signature = decode_base64_text(text->second);
  if (!signature) throw Error(ErrorKind::unverified, "its signature is not base64");
  if (key.verifies(payload, *signature)) return check_simple_signing(payload, digest);
  if (annotations.contains(std::string(certificate_annotation)))
    throw Error(ErrorKind::unsupported, "it is vouched for by a certificate, not by this key");
  throw Error(ErrorKind::unverified, "the signature is not one of this key over these bytes");
}

void check_bundle(std::string_view bytes, const Digest& digest, const PublicKey& key, bool& has_log_entries) {
  const auto bundle = parse_bundle(bytes, "the bundle");
  verify_envelope(bundle.envelope, in_toto_type, key);
  check_claim(read_claim(bundle.envelope.payload, "the signed statement"), digest, sign_predicate);
  has_log_entries = bundle.has_log_entries;
}

std::string statement_of(const Digest& digest) {
  return write_statement({{Subject{digest}}, std::string(sign_predicate)});
}

void add(const EvidenceTarget& target, const layers::Descriptor& subject, Signer& signer, Form form) {
  if (form == Form::bundle) {
    const auto envelope = sign_envelope(in_toto_type, statement_of(subject.digest), signer);
    return put_bundle(target, subject, write_bundle(envelope, signer.public_key()), sign_predicate);
  }
  auto payload = write_simple_signing(target.reference, subject.digest);
  const layers::Annotations annotations = {
      {std::string(signature_annotation), base64_encoded(signer.sign(payload))}};
  append_to_tag(target, attached_tag(subject.digest, signature_suffix), std::string(simple_signing_type),
                payload, annotations);
}

}  // namespace

void check_signature(const Attached& one, std::string_view bytes, const Digest& digest, const PublicKey& key,
                     bool& has_log_entries) {
  if (one.form == Form::tag)
    check_tagged(one, bytes, digest, key);
  else
    check_bundle(bytes, digest, key, has_log_entries);
}

Verification verify_signatures(registry::ImageSource& source, const Digest& digest, const PublicKey& key,
                               const std::stop_token& stop) {
  const auto all = find_attached(source, {digest, signature_suffix, std::string(sign_predicate)}, stop);
  return verify_each("signature", digest, all, [&](const Attached& one, Checked& checked) {
    check_signature(one, read_attached(source, one), digest, key, checked.has_log_entries);
  });
}

std::vector<Form> sign_image(const EvidenceTarget& target, const layers::Descriptor& subject, Signer& signer,
                             StorageForm wanted) {
  const auto there =
      verify_signatures(target.source, subject.digest, signer.public_key(), target.stop).checked;
  std::vector<Form> added;
  for (const Form form : forms_of(wanted)) {
    const auto is_there = [&](const Checked& one) { return one.form == form && one.good(); };
    if (std::any_of(there.begin(), there.end(), is_there)) continue;
    in_context(
        [&] { return fmt::format("signing {} at {}", subject.digest.text(), target.destination.describe()); },
        [&] { add(target, subject, signer, form); });
    added.push_back(form);
  }
  return added;
}

}  // namespace whittle::evidence
