// What a registry is told about who asks, and where that was found.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace whittle::registry {

// What Docker writes in the place of the user where the secret is an identity token.
inline constexpr std::string_view identity_token_user = "<token>";

// Never part of a message.
struct Credentials {
  std::string user;
  std::string secret = {};  // the password; "" when there is an identity token alone
  std::string identity_token =
      {};  // for the token service, which gives tokens for it (OAuth 2, refresh token)
};

// What was found for a registry, and, for messages, where was looked.
struct CredentialLookup {
  std::optional<Credentials> credentials = {};
  std::filesystem::path file = {};  // that answered; else the first that might have
  std::string note = {};            // why something that is there was not used
};

}  // namespace whittle::registry
