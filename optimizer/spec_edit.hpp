// Changes of single values in the text of a whittle.yaml: comments, order and layout stay as they are.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::optimizer {

// Sets one key of an image, or of one of its binaries.
struct SpecEdit {
  std::string image = {};
  std::optional<std::size_t> binary = {};  // which of `binaries:`, or of `main:`; nothing: the image itself
  std::string key = {};                    // "profile"
  std::string value = {};                  // as YAML: "small", "{format: gzip, level: smallest}"
  // Where the key has a mapping already, this key in it instead: "level", "smallest".
  std::string inner_key = {};
  std::string inner_value = {};

  std::string text() const;  // "api: profile: small"
};

// The text with the edits. Values that are replaced stand on one line; a key that is not there yet is put
// behind `main:` or in front of the others. Error(spec) "NAME:LINE:COLUMN: …" where a value is shared by an
// anchor or written in a form that is better changed by hand; then nothing of it is to be used.
std::string with_edits(std::string text, std::string_view name, const std::vector<SpecEdit>& edits);

}  // namespace whittle::optimizer
