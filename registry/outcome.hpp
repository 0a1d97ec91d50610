// What is known of a request by its answer, or for want of one: decided here for all who ask.
#pragma once

namespace whittle::registry {

class RegistryError;

enum class Outcome {
  settled,  // done, or refused for good: sending it again changes nothing
  not_now,  // not done, and a moment later it may be
  unclear,  // it may have been done: the answer was lost, or something broke behind whoever answered
};

// Of an answer (hostile.md, 136).
Outcome outcome_of(int status);
// Of what ended a request, its last attempt if there were several.
Outcome outcome_of(const RegistryError& error);

}  // namespace whittle::registry
