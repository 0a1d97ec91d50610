#include "registry/token.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/json.hpp"
#include "common/text.hpp"

namespace whittle::registry {
namespace {

using std::chrono::seconds;

constexpr seconds shortest_lifetime{60};
constexpr seconds longest_lifetime{24 * 3600};
constexpr seconds margin{10};  // a token is not used in its last seconds: the request takes time, too

seconds lifetime_of(const Json& json) {
  const auto field = json.find("expires_in");
  if (field == json.end() || !field->is_number()) return shortest_lifetime;
  const double stated = field->get<double>();
  if (!(stated > static_cast<double>(shortest_lifetime.count()))) return shortest_lifetime;
  return seconds(static_cast<std::int64_t>(std::min(stated, static_cast<double>(longest_lifetime.count()))));
}

}  // namespace

Token parse_token(std::string_view body, std::chrono::steady_clock::time_point received,
                  std::string_view what) {
  const Json json = parse_json(body, what, ErrorKind::auth);
  for (const char* name : {"token", "access_token"}) {
    const auto field = json.is_object() ? json.find(name) : json.end();
    if (!json.is_object() || field == json.end() || !field->is_string()) continue;
    auto text = field->get<std::string>();
    if (text.empty()) continue;
    const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (!printable)
      throw Error(ErrorKind::auth, fmt::format("{} holds a token with blanks or control characters", what));
    const auto refresh = json.find("refresh_token");
    return {std::move(text), received + lifetime_of(json) - margin,
            refresh != json.end() && refresh->is_string() ? refresh->get<std::string>() : std::string()};
  }
  throw Error(ErrorKind::auth, fmt::format("{} holds no token", what));
}

std::shared_ptr<TokenCache::Slot> TokenCache::slot(const std::string& key) {
  const std::lock_guard lock(mutex_);
  auto& slot = slots_[key];
  if (!slot) slot = std::make_shared<Slot>();
  return slot;
}

std::string TokenCache::get(const std::string& key, const std::string& rejected, const Fetch& fetch) {
  const auto slot = this->slot(key);
  std::unique_lock lock(slot->mutex);
  const auto round = slot->round;
  while (slot->busy) slot->changed.wait(lock);
  // A failure that this thread has waited for is its own. Copied: each thread adds its own context to it.
  if (slot->round != round && slot->failure) throw RegistryError(*slot->failure);
  const auto now = std::chrono::steady_clock::now();
  if (slot->token && slot->token->expires > now && slot->token->text != rejected) return slot->token->text;

  slot->busy = true;
  slot->token.reset();
  slot->failure.reset();
  lock.unlock();
  std::optional<Token> token;
  std::optional<RegistryError> failure;
  try {
    token = fetch();
  } catch (const RegistryError& error) {
    failure = error;
  } catch (const Error& error) {
    failure = RegistryError(error);
  } catch (const std::exception& error) {
    failure =
        RegistryError(ErrorKind::internal, fmt::format("fetching a token: {}", escaped(error.what())), {});
  }
  lock.lock();
  slot->busy = false;
  ++slot->round;
  slot->token = token;
  slot->failure = failure;
  slot->changed.notify_all();
  if (failure) throw RegistryError(*failure);
  return token->text;
}

}  // namespace whittle::registry
