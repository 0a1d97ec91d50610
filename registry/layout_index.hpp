// The index.json of an image layout, wherever that lies: in a folder or in an archive.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest.hpp"
#include "common/json.hpp"
#include "layers/descriptor.hpp"

namespace whittle::registry {

inline constexpr std::string_view ref_name =
    "org.opencontainers.image.ref.name";  // image-spec, annotations.md
inline constexpr std::string_view layout_file = "oci-layout";
inline constexpr std::string_view layout_text = R"({"imageLayoutVersion":"1.0.0"})";
inline constexpr std::string_view index_file = "index.json";
inline constexpr std::size_t layout_file_limit = 64U << 10U;  // bytes

// Error(integrity) naming `file` for the text of an oci-layout file that is not one of version 1.0.0.
void check_layout_text(std::string_view text, const std::string& file);

// The ref name of an entry, or nothing.
std::optional<std::string> name_of_entry(const Json& entry);
bool has_digest(const Json& entry, std::string_view digest);

// A value.
class LayoutIndex {
 public:
  // `file` and `place` name the index and what it lies in, for messages. Error(integrity) for what is none.
  LayoutIndex(std::string text, std::string file, std::string place);

  // The descriptor for a name. Without a name: the only one there is, those left out that `is_attached` says
  // only belong to another. Error(usage) listing the candidates when it is ambiguous.
  using IsAttached = std::function<bool(const layers::Descriptor&)>;
  std::optional<layers::Descriptor> find(const std::optional<std::string>& name,
                                         const IsAttached& is_attached = {}) const;
  // The descriptor for a digest, whatever its name.
  std::optional<layers::Descriptor> find(const Digest& digest) const;
  std::vector<std::string> names() const;
  // All descriptors, in their order; what is no descriptor is left out.
  std::vector<layers::Descriptor> entries() const;

  const std::string& text() const { return text_; }
  const Json& manifests() const { return document_["manifests"]; }

 private:
  std::string text_;
  std::string file_;
  std::string place_;
  Json document_;
};

}  // namespace whittle::registry
