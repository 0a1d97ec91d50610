#include "cli/key_flags.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"
#include "evidence/attestation.hpp"
#include "evidence/signatures.hpp"
#include "registry/tree.hpp"

namespace whittle::cli {
namespace {

constexpr std::array<const char*, 2> password_variables = {"WHITTLE_KEY_PASSWORD", "COSIGN_PASSWORD"};
constexpr std::size_t password_limit = 4096;

// An empty password is one: cosign encrypts with it when nobody types any.
evidence::SecretText password_of(const std::string& file, const builder::Host& host) {
  if (!file.empty()) {
    auto text = read_file(host.working_directory / file, password_limit);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return evidence::SecretText::taken_from(text);
  }
  for (const char* name : password_variables)
    if (const auto found = host.environment.find(name); found != host.environment.end())
      return evidence::SecretText(found->second);
  throw Error(ErrorKind::auth, "the key is encrypted, and there is no password for it")
      .hint("set WHITTLE_KEY_PASSWORD or COSIGN_PASSWORD, or give --key-password-file FILE");
}

// Its own environment, but for the passwords of keys: those are for whittle.
std::vector<std::string> command_environment(const builder::Host& host) {
  std::vector<std::string> environment;
  for (const auto& [name, value] : host.environment)
    if (std::find(password_variables.begin(), password_variables.end(), name) == password_variables.end())
      environment.push_back(fmt::format("{}={}", name, value));
  return environment;
}

evidence::KeyContext key_context(const KeyFlags& flags, Session& session) {
  const auto& host = session.host();
  evidence::KeyContext context;
  context.variable = [&host](const std::string& name) { return host.variable(name); };
  context.password = [&host, file = flags.password_file] { return password_of(file, host); };
  context.find_program = [&host](const std::string& name) { return host.find_program(name); };
  context.environment = command_environment(host);
  context.working_directory = host.working_directory;
  context.stop = session.stop();
  return context;
}

// What is written beside an image has other digests than that.
registry::Place without_digest(registry::Place place) {
  place.digest.reset();
  if (place.reference) place.reference->digest.reset();
  return place;
}

// A place that is written to beside the images in it.
class EvidencePlace {
 public:
  EvidencePlace(const registry::Place& place, Session& session)
      : source_(session.access().source(place)),
        destination_(session.access().destination(without_digest(place))),
        target_{*source_, *destination_,
                place.reference && place.kind == registry::Place::Kind::registry ? place.reference->name()
                                                                                 : std::string(),
                session.reporter(), session.stop()} {}
  registry::ImageSource& source() { return *source_; }
  const evidence::EvidenceTarget& target() const { return target_; }

 private:
  std::unique_ptr<registry::ImageSource> source_;
  std::unique_ptr<registry::ImageDestination> destination_;
  evidence::EvidenceTarget target_;
};

void sign_digest(const evidence::EvidenceTarget& target, const layers::Descriptor& subject,
                 evidence::Signer& signer, evidence::StorageForm form) {
  std::vector<std::string_view> added;
  for (const auto one : evidence::sign_image(target, subject, signer, form)) added.push_back(name_of(one));
  target.reporter.note(added.empty()
                           ? fmt::format("{} is signed by this key already", subject.digest.text())
                           : fmt::format("signed {} ({})", subject.digest.text(), fmt::join(added, ", ")));
}

}  // namespace

CLI::Option* add_key_flag(CLI::App& command, KeyFlags& flags, const std::string& name,
                          const std::string& help) {
  command.add_option(
      "--key-password-file", flags.password_file,
      "File with the password of an encrypted key (default: WHITTLE_KEY_PASSWORD or COSIGN_PASSWORD)");
  return command.add_option(name, flags.key, help + ": FILE, env:NAME or 'cmd:PROGRAM ARGUMENT…'");
}

void add_signing_flags(CLI::App& command, KeyFlags& flags) {
  command
      .add_option("--form", flags.form,
                  "How the signature is stored: bundle (cosign 3), tag (before that) or both")
      ->check(CLI::IsMember({"bundle", "tag", "both"}));
}

evidence::StorageForm form_of(const KeyFlags& flags) {
  if (flags.form == "both") return evidence::StorageForm::both;
  return flags.form == "tag" ? evidence::StorageForm::tag : evidence::StorageForm::bundle;
}

std::unique_ptr<evidence::Signer> signer_of(const KeyFlags& flags, Session& session) {
  return open_signer(evidence::KeySource::parse(flags.key), key_context(flags, session));
}

evidence::PublicKey public_key_of(const KeyFlags& flags, Session& session) {
  return open_public_key(evidence::KeySource::parse(flags.key), key_context(flags, session));
}

void check_holds_signatures(const registry::Place& place) {
  using Kind = registry::Place::Kind;
  if (place.kind == Kind::registry || place.kind == Kind::layout || place.kind == Kind::store) return;
  throw Error(ErrorKind::usage, fmt::format("{} cannot hold signatures", place.text()))
      .hint("sign the image in a registry, or in a layout (oci:DIR)");
}

void attach_at(const registry::Place& place, const layers::Descriptor& subject,
               const evidence::Statement& statement, evidence::Signer* signer, evidence::StorageForm form,
               Session& session) {
  const EvidencePlace there(place, session);
  evidence::attach_statement(there.target(), subject, evidence::write_statement(statement),
                             statement.predicate_type, signer, form);
}

std::vector<Digest> sign_place(const registry::Place& place, evidence::Signer& signer,
                               evidence::StorageForm form, bool with_children, Session& session) {
  check_holds_signatures(place);
  EvidencePlace there(place, session);
  const auto root = there.source().root();
  std::vector<layers::Descriptor> subjects = {root.descriptor()};
  if (with_children) {
    const auto tree = registry::read_tree(there.source(), root, session.transfers(), session.stop());
    for (std::size_t level = 1; level < tree.levels.size(); ++level)
      for (const auto& document : tree.levels[level]) subjects.push_back(document.descriptor());
  }
  std::vector<Digest> signed_digests;
  for (const auto& subject : subjects) {
    sign_digest(there.target(), subject, signer, form);
    signed_digests.push_back(subject.digest);
  }
  return signed_digests;
}

}  // namespace whittle::cli
