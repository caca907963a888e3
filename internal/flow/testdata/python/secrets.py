# Secrets on their way out, and what looks like one.
import logging
import os

from mcp.server.fastmcp import FastMCP

logger = logging.getLogger(__name__)
mcp = FastMCP("secrets")
TOKEN = os.environ["DEPLOY_TOKEN"]
REGION = os.environ.get("DEPLOY_REGION", "eu")


@mcp.tool()
def login(user: str, password: str, max_tokens: int) -> str:
    logger.info("login of %s", user)
    logger.info("login with %s", password)  # flow: log password
    logger.info("at most %d", max_tokens)
    return "ok"


@mcp.tool()
def show() -> str:
    logger.info("region %s", REGION)
    logger.info("token %s", TOKEN)  # flow: log secret
    logger.info("set: %s", bool(TOKEN))
    return os.environ["API_KEY"]  # flow: result secret
