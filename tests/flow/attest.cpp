// For tests/flow/signing.sh: attaches a statement to an image, or verifies and prints those it has.
//   attest attach PLACE KEY TYPE STATEMENT FORM
//   attest verify PLACE PUBLIC-KEY TYPE
#include "evidence/attestation.hpp"

#include <iostream>

#include "common/file.hpp"
#include "evidence/key_source.hpp"
#include "registry/access.hpp"

using namespace whittle;

namespace {

evidence::StorageForm form_named(const std::string& name) {
  if (name == "both") return evidence::StorageForm::both;
  return name == "tag" ? evidence::StorageForm::tag : evidence::StorageForm::bundle;
}

int run(const std::vector<std::string>& words) {
  SilentReporter reporter;
  registry::AccessOptions options;
  registry::Access access(options, reporter, {});
  evidence::KeyContext keys;
  keys.working_directory = std::filesystem::current_path();
  const auto place = registry::Place::parse(words.at(1));
  const auto source = access.source(place);
  const auto subject = source->root().descriptor();
  const auto key = evidence::KeySource::parse(words.at(2));
  if (words.at(0) == "attach") {
    const auto destination = access.destination(place);
    const auto signer = open_signer(key, keys);
    attach_statement({*source, *destination, {}, reporter}, subject, read_file(words.at(4), 1U << 20U),
                     words.at(3), signer.get(), form_named(words.at(5)));
    return 0;
  }
  evidence::verify_attestations(
      *source, subject.digest, open_public_key(key, keys), words.at(3), {},
      [](const auto&, const std::string& statement) { std::cout << statement << '\n'; })
      .require_good();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
