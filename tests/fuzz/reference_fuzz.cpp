// The text of a reference is that reference.
#include "registry/reference.hpp"

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::reference_input(std::string_view input) {
  using registry::Reference;
  registry::is_tag(input);
  const auto reference = parsed([&] { return Reference::parse(input); });
  if (!reference) return;
  const auto again = Reference::parse(reference->text());
  require(again.text() == reference->text(), "a reference has one text");
  require(again.host == reference->host && again.repository == reference->repository &&
              again.tag == reference->tag && again.digest == reference->digest,
          "the text of a reference is that reference");
  require(reference->tag.empty() || registry::is_tag(reference->tag), "a tag follows the grammar");
}
