// The text of a manifest in which images are named that are still to be built, and the same text with the
// images in their place. Nothing else of it changes: comments, order, quotes, anchors and line ends stay,
// byte for byte.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "deploying/mention.hpp"

namespace whittle::deploying {

// Immutable. YAML (JSON with it) is read as such, and mentions count in its scalars alone, keys and block
// scalars included. A template that is no YAML (`{{ … }}`, Helm's) is read line by line, and only what is
// clearly one value counts.
class ManifestText {
 public:
  // `name` stands for the file in messages. Error(spec) "NAME:LINE:COLUMN: …" for what is neither, for a
  // mention that cannot be one and for one that is written so that it cannot be replaced; Error(spec_limit)
  // for lists and mappings nested deeper than 512 levels.
  ManifestText(std::string text, std::string name);

  const std::string& text() const { return text_; }
  const std::vector<Mention>& mentions() const { return mentions_; }
  // "NAME:LINE:COLUMN" of one of the mentions; columns count characters.
  std::string where(const Mention& mention) const;
  // The text with each mention replaced by what `reference_of` gives for it: "registry/repository@sha256:…".
  // Error(spec) for a part of a scalar without quotes and a registry whose name begins with `[`.
  std::string resolved(const std::function<std::string(const Mention&)>& reference_of) const;

 private:
  class Reader;
  std::string text_;
  std::string name_;
  // What a mention is in the text: without quotes a scalar cannot begin with `[`.
  enum class Setting { quoted, whole, part };
  std::vector<Mention> mentions_;  // in their order, apart from each other
  std::vector<Setting> settings_;  // of each
};

// One stream of documents: several texts with `---` between them; a single one stays as it is.
std::string joined(const std::vector<std::string>& texts);

}  // namespace whittle::deploying
