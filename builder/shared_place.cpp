#include "builder/shared_place.hpp"

#include <fmt/format.h>

#include "common/parallel.hpp"
#include "common/text.hpp"

namespace whittle::builder {

bool is_of_content(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::integrity:
    case ErrorKind::unverified:
    case ErrorKind::unsupported:
    case ErrorKind::limit:
    case ErrorKind::not_found:
      return true;
    default:
      return false;
  }
}

SharedPlace::SharedPlace(SharedCacheOptions options, registry::Access& access, Reporter& reporter,
                         std::stop_token stop)
    : options_(std::move(options)),
      access_(access),
      reporter_(reporter),
      stop_(std::move(stop)),
      watch_(options_.longest_silence, stop_) {
  if (options_.access) questions_ = options_.access(watch_.token());
  try {
    source_ = access_.source(options_.place);
    asked_ = questions_ ? questions_->source(options_.place) : source_;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) give_up("opening it", error);  // a layout that is not there yet
  }
}

bool SharedPlace::is_given_up() const {
  const std::lock_guard lock(mutex_);
  return given_up_;
}

void SharedPlace::give_up(const std::string& doing, const std::exception& why) {
  const std::lock_guard lock(mutex_);
  if (!given_up_)
    reporter_.warn(fmt::format("the shared cache {} is not used any more: {}: {}",
                               escaped(options_.place.text(), false, 1000), doing,
                               escaped(why.what(), false, 1000)));
  given_up_ = true;
}

bool SharedPlace::ask(const std::string& what, const std::function<void()>& question) {
  throw_if_stopped(stop_);
  if (is_given_up()) return false;
  const AnswerWatch::Question open(watch_);
  try {
    question();
    return true;
  } catch (const Error& error) {
    throw_if_stopped(stop_);
    if (error.kind() == ErrorKind::interrupted)
      give_up(fmt::format("looking for {}", what),
              Error(ErrorKind::network, fmt::format("it answered nothing for {} seconds",
                                                    watch_.longest_silence().count() / 1000)));
    else if (is_of_content(error))
      reporter_.warn(fmt::format("{}: what the shared cache has is not used: {}", what, error.what()));
    else
      give_up(fmt::format("looking for {}", what), error);
  }
  return false;
}

void SharedPlace::write(const std::string& doing,
                        const std::function<void(registry::ImageDestination&)>& writing) {
  if (!writes()) return;
  try {
    writing(*access_.destination(options_.place));
  } catch (const Error& error) {
    throw_if_stopped(stop_);
    give_up(doing, error);
  }
}

std::optional<layers::Document> SharedPlace::tagged(const std::string& tag) {
  return asked_ ? asked_->tagged(tag) : std::nullopt;
}

}  // namespace whittle::builder
