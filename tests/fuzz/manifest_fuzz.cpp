// Manifests and indexes: their type is settled, and what parses and is written is read as the same.
#include "layers/manifest.hpp"

#include "layers/media_types.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {
namespace {

template <class Parse, class Write>
void require_same(const layers::Document& document, const Parse& parse, const Write& write) {
  const auto read = parsed([&] { return parse(document, "the input"); });
  if (!read) return;
  const auto written = write(*read);
  require(write(parse(written, "what was written")).bytes == written.bytes, "it is read as it was written");
}

}  // namespace

void manifest_input(std::string_view input) {
  const auto type = parsed([&] { return layers::settle_media_type("", input, "the input"); });
  if (!type) return;
  const layers::Document document(*type, std::string(input));
  if (layers::media_type::is_index(*type)) require_same(document, layers::parse_index, layers::write_index);
  if (layers::media_type::is_manifest(*type))
    require_same(document, layers::parse_manifest, layers::write_manifest);
}

}  // namespace whittle::fuzz
