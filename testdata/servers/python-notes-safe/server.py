"""An MCP server that keeps notes as Markdown files, with an index in SQLite."""

import json
import logging
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import httpx
import requests
from mcp.server.fastmcp import FastMCP
from mcp.types import ToolAnnotations

logger = logging.getLogger("notes")

NOTES = (Path.home() / "notes").resolve()
INDEX = NOTES / ".index.db"
SYNC_URL = "https://sync.notes.example/v1/notes"
SYNC_TOKEN = os.environ.get("NOTES_SYNC_TOKEN", "")
IMPORT_HOSTS = {"en.wikipedia.org", "docs.python.org"}

mcp = FastMCP("notes")


def index() -> sqlite3.Connection:
    db = sqlite3.connect(INDEX)
    db.execute("CREATE TABLE IF NOT EXISTS notes (title TEXT PRIMARY KEY, tags TEXT, changed REAL)")
    return db


def note_path(title: str) -> Path:
    """Where the note with this title is kept; an error if that is outside the notes."""
    path = (NOTES / f"{title}.md").resolve()
    if not path.is_relative_to(NOTES):
        raise ValueError("that note is outside the notes folder")
    return path


@mcp.tool()
def read_note(title: str) -> str:
    """Read the note with this title."""
    return note_path(title).read_text(encoding="utf-8")


@mcp.tool()
def search_notes(tag: str) -> list[str]:
    """List the titles of the notes with a tag."""
    with index() as db:
        rows = db.execute("SELECT title FROM notes WHERE tags LIKE ? ORDER BY changed DESC", (f"%{tag}%",))
        return [title for (title,) in rows]


@mcp.tool()
def export_note(title: str, style: Literal["plain", "book", "slides"] = "plain") -> str:
    """Export a note as PDF, in one of the styles of pandoc."""
    source = note_path(title)
    done = subprocess.run(
        ["pandoc", "--variable", f"theme={style}", "-o", "export.pdf", "--", str(source)],
        cwd=NOTES,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stderr or "exported"


@mcp.tool()
async def import_page(url: str) -> str:
    """Fetch a page of an encyclopedia or of Python's documentation and keep it as a note."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname not in IMPORT_HOSTS:
        raise ValueError("pages are imported from " + ", ".join(sorted(IMPORT_HOSTS)) + " only")
    async with httpx.AsyncClient(follow_redirects=False) as client:
        response = await client.get(url, timeout=20)
    target = NOTES / "imported.md"
    target.write_text(response.text, encoding="utf-8")
    return f"kept {len(response.text)} characters"


@mcp.tool()
def restore_backup(backup: str) -> str:
    """Restore the notes of a backup, as create_backup has written it."""
    saved = json.loads(backup)
    with index() as db:
        for title, tags in saved.items():
            db.execute("REPLACE INTO notes VALUES (?, ?, ?)", (title, tags, time.time()))
    return f"restored {len(saved)} notes"


@mcp.tool()
def create_backup() -> str:
    """Write all titles and tags into a backup."""
    with index() as db:
        saved = dict(db.execute("SELECT title, tags FROM notes"))
    return json.dumps(saved)


@mcp.tool()
def sync() -> str:
    """Send the list of notes to the team's server."""
    with index() as db:
        titles = [title for (title,) in db.execute("SELECT title FROM notes")]
    response = requests.post(
        SYNC_URL,
        json={"titles": titles},
        headers={"Authorization": f"Bearer {SYNC_TOKEN}"},
        timeout=20,
    )
    logger.info("sync answered %s", response.status_code)
    return f"sent {len(titles)} titles"


def old_notes(days: int) -> list[Path]:
    limit = time.time() - days * 86_400
    return [path for path in NOTES.glob("*.md") if path.stat().st_mtime < limit]


@mcp.tool(annotations=ToolAnnotations(title="List old notes", readOnlyHint=True))
def list_old_notes(days: int = 365) -> list[str]:
    """List the notes that have not been changed for so many days."""
    return [path.stem for path in old_notes(days)]


@mcp.tool(annotations=ToolAnnotations(title="Delete old notes", readOnlyHint=False, destructiveHint=True))
def delete_old_notes(days: int = 365) -> list[str]:
    """Delete the notes that have not been changed for so many days."""
    old = old_notes(days)
    for path in old:
        path.unlink()
    return [path.stem for path in old]


def main() -> None:
    NOTES.mkdir(exist_ok=True)
    print("notes server is starting", file=sys.stderr)
    mcp.run(transport="stdio")


if __name__ == "__main__":
    main()
