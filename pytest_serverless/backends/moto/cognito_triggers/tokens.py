"""Tokens, as PreTokenGeneration wants them.

Source: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html (2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_serverless.backends.moto.cognito_triggers.trigger import Triggers, attributes_of

__all__ = ["finish"]

_RESERVED = frozenset(
    {
        *("acr", "amr", "at_hash", "auth_time", "azp", "exp", "iat"),
        *("iss", "jti", "nbf", "nonce", "origin_jti", "sub", "token_use"),
    }
)
_RESERVED_ID = _RESERVED | {"aud", "cognito:username", "identities"}
_RESERVED_ACCESS = _RESERVED | {"client_id", "device_key", "event_id", "scope", "username", "version"}


def finish(triggers: Triggers, done: Any, source: str, *, metadata: Mapping[str, Any], signed_in: bool = True) -> Any:
    """Ask PostAuthentication, if somebody `signed_in`, and PreTokenGeneration, where a request gave out tokens."""
    tokens = (done.result or {}).get("AuthenticationResult")
    if not tokens:
        return done
    pool = triggers.pool
    user = pool._get_user(pool.access_tokens[tokens["AccessToken"]][1])  # noqa: SLF001  by name or alias
    if signed_in:
        request = {"userAttributes": attributes_of(user), "newDeviceUsed": False, **metadata}
        triggers.ask("PostAuthentication", "PostAuthentication_Authentication", user.username, request, {})
    _change(triggers, user, tokens, f"TokenGeneration_{source}", metadata)
    return done


def _change(triggers: Triggers, user: Any, tokens: dict[str, Any], source: str, metadata: Mapping[str, Any]) -> None:
    pool = triggers.pool
    first = triggers.version("PreTokenGeneration") == "1"
    access = _claims(pool, tokens["AccessToken"])
    groups = {
        "groupsToOverride": list(access.get("cognito:groups", ())),
        "iamRolesToOverride": [],
        "preferredRole": None,
    }
    request = {"userAttributes": attributes_of(user), "groupConfiguration": groups}
    if not first:
        request["scopes"] = access.get("scope", "").split()
    name = "claimsOverrideDetails" if first else "claimsAndScopeOverrideDetails"
    answer = triggers.ask("PreTokenGeneration", source, user.username, {**request, **metadata}, {name: None})
    wanted = (answer or {}).get(name)
    if not wanted:
        return
    identity = wanted if first else wanted.get("idTokenGeneration")
    claims = _changed(_claims(pool, tokens["IdToken"]), identity, wanted, _RESERVED_ID)
    tokens["IdToken"] = _signed(pool, tokens["IdToken"], claims, pool.id_tokens)
    if not first:
        claims = _changed(access, wanted.get("accessTokenGeneration"), wanted, _RESERVED_ACCESS)
        tokens["AccessToken"] = _signed(pool, tokens["AccessToken"], claims, pool.access_tokens)


def _changed(
    claims: dict[str, Any], wanted: Mapping[str, Any] | None, details: Mapping[str, Any], reserved: frozenset[str]
) -> dict[str, Any]:
    changes = dict(wanted or {})
    claims = {**claims, **_grouped(details)}
    for name in changes.get("claimsToSuppress") or ():
        if name not in reserved:
            claims.pop(name, None)
    added = changes.get("claimsToAddOrOverride") or {}
    claims.update({name: value for name, value in added.items() if name not in reserved})
    scopes = [each for each in claims.get("scope", "").split() if each not in (changes.get("scopesToSuppress") or ())]
    scopes += [each for each in changes.get("scopesToAdd") or () if each not in scopes]
    if "scope" in claims or scopes:
        claims["scope"] = " ".join(scopes)
    return {name: value for name, value in claims.items() if value is not None}


def _grouped(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the claims on groups; an empty configuration takes them away, none at all leaves them."""
    if "groupOverrideDetails" not in details:
        return {}
    groups = details["groupOverrideDetails"] or {}
    return {
        "cognito:groups": groups.get("groupsToOverride") or None,
        "cognito:roles": groups.get("iamRolesToOverride") or None,
        "cognito:preferred_role": groups.get("preferredRole") or None,
    }


def _claims(pool: Any, token: str) -> dict[str, Any]:
    return dict(_jwt().decode(token, pool.json_web_key).claims)


def _signed(pool: Any, token: str, claims: Mapping[str, Any], known: dict[str, Any]) -> str:
    """Return a token with these claims in place of another, which the pool has among those it `known`s."""
    header = _jwt().decode(token, pool.json_web_key).header
    signed: str = _jwt().encode(header, dict(claims), pool.json_web_key)
    known[signed] = known.pop(token)
    return signed


def _jwt() -> Any:
    """Return what moto signs with."""
    from moto.cognitoidp import models

    return models.jwt  # type: ignore[attr-defined]  # imported there, not exported
