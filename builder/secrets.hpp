// Files that hardly anybody means to put into an image.
#pragma once

#include <optional>
#include <string_view>

namespace whittle::builder {

// How much of a file's start secret_rule() wants to see.
inline constexpr std::size_t secret_head_size = 16 * 1024;

// The rule by which a file looks like a secret, as it is shown to the user; never any of the content. `path`
// is relative to the context, `head` the file's first bytes.
std::optional<std::string_view> secret_rule(std::string_view path, std::string_view head);

// The same for a folder, of which only the name counts.
std::optional<std::string_view> secret_folder_rule(std::string_view path);

}  // namespace whittle::builder
